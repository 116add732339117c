/**
 * Secrets Manager's own rules, without its protocol: names, sizes, versions and the movement of staging labels.
 * No I/O. Errors carry the service's names and messages.
 *
 * Source of the rules: AWS Secrets Manager API reference (PutSecretValue, UpdateSecretVersionStage).
 */
import { randomUUID } from 'node:crypto';
import { ServiceError } from './service-error.ts';

/** Source: API reference, `SecretString` and `SecretBinary`. */
const MAX_VALUE_BYTES = 65_536;
const NAME = /^[\w/+=.@!-]{1,512}$/;

export interface SecretValue {
  readonly SecretString?: string;
  /** Base64, as on the wire. */
  readonly SecretBinary?: string;
}

export interface SecretVersion {
  readonly id: string;
  /** Neither of them where a rotation has begun and made no value yet. */
  readonly value: SecretValue;
  readonly createdAt: Date;
  readonly stages: Set<string>;
}

export interface Secret {
  readonly name: string;
  readonly arn: string;
  readonly versions: Map<string, SecretVersion>;
  /** Where a function rotates it. */
  rotation?: Rotation;
}

export interface Rotation {
  readonly lambdaArn: string;
  /** Takes the steps, and does not wait for them. */
  readonly start: (version: string) => void;
}

export class SecretsManagerError extends ServiceError {}

export interface SecretStore {
  /** A secret without any version. */
  create(name: string): Secret;
  /** By name, ARN, or ARN without its random suffix. */
  find(id: string): Secret | undefined;
  /** Like `find`, but throws `ResourceNotFoundException`. */
  get(id: string): Secret;
}

export function createSecretStore(): SecretStore {
  const secrets = new Map<string, Secret>();
  const find = (id: string): Secret | undefined =>
    secrets.get(id) ??
    [...secrets.values()].find(({ arn }) => arn === id || arn.slice(0, -'-AbCdEf'.length) === id);
  return {
    create(name) {
      if (!NAME.test(name)) {
        throw new SecretsManagerError(
          'ValidationException',
          'Invalid name. Must be a valid name containing alphanumeric characters, or any of the following: -/_+=.@!',
        );
      }
      if (secrets.has(name)) {
        throw new SecretsManagerError(
          'ResourceExistsException',
          `The operation failed because the secret ${name} already exists.`,
        );
      }
      const arn = `arn:aws:secretsmanager:us-east-1:123456789012:secret:${name}-AbCdEf`;
      const secret: Secret = { name, arn, versions: new Map() };
      secrets.set(name, secret);
      return secret;
    },
    find,
    get(id) {
      const secret = find(id);
      if (secret) return secret;
      throw new SecretsManagerError(
        'ResourceNotFoundException',
        "Secrets Manager can't find the specified secret.",
      );
    },
  };
}

/** Adds a version, or repeats one: the same id with the same value is a retry, with another value a mistake. */
export function putVersion(
  secret: Secret,
  value: SecretValue,
  {
    id = randomUUID(),
    stages = ['AWSCURRENT'],
    createdAt,
  }: { id?: string; stages?: string[]; createdAt: Date },
): SecretVersion {
  checkValue(value);
  const existing = secret.versions.get(id);
  const isEmpty = existing !== undefined && !isFilled(existing);
  if (existing && !isEmpty && !sameValue(existing.value, value)) {
    throw new SecretsManagerError(
      'ResourceExistsException',
      'A resource with the ID you requested already exists.',
    );
  }
  const version = isEmpty
    ? { ...existing, value }
    : (existing ?? { id, value, createdAt, stages: new Set<string>() });
  secret.versions.set(id, version);
  for (const stage of stages) moveStage(secret, stage, version);
  return version;
}

/**
 * What begins a rotation, and a try of a schedule that is new: a version that is to become the current one, and has no value.
 *
 * @throws SecretsManagerError Where another one is under way.
 */
export function beginRotation(secret: Secret, id: string, createdAt: Date): void {
  const pending = versionAt(secret, 'AWSPENDING');
  if (pending !== undefined && pending !== versionAt(secret, 'AWSCURRENT')) {
    throw new SecretsManagerError(
      'InvalidRequestException',
      "A previous rotation isn't complete. That rotation will be reattempted.",
    );
  }
  const version = { id, value: {}, createdAt, stages: new Set<string>() };
  secret.versions.set(id, version);
  moveStage(secret, 'AWSPENDING', version);
}

export function isFilled({ value }: SecretVersion): boolean {
  return value.SecretString !== undefined || value.SecretBinary !== undefined;
}

export function versionAt(secret: Secret, stage: string): SecretVersion | undefined {
  return [...secret.versions.values()].find(({ stages }) => stages.has(stage));
}

/** A label is on one version at a time; whatever loses AWSCURRENT becomes AWSPREVIOUS. */
export function moveStage(secret: Secret, stage: string, to: SecretVersion): void {
  const from = versionAt(secret, stage);
  if (from === to) return;
  from?.stages.delete(stage);
  to.stages.add(stage);
  if (stage === 'AWSCURRENT' && from) moveStage(secret, 'AWSPREVIOUS', from);
}

function checkValue(value: SecretValue): void {
  if ((value.SecretString === undefined) === (value.SecretBinary === undefined)) {
    throw new SecretsManagerError(
      'InvalidRequestException',
      'You must provide either SecretString or SecretBinary.',
    );
  }
  const bytes =
    value.SecretString === undefined
      ? Buffer.byteLength(value.SecretBinary ?? '', 'base64')
      : Buffer.byteLength(value.SecretString);
  if (bytes < 1 || bytes > MAX_VALUE_BYTES) {
    throw new SecretsManagerError(
      'ValidationException',
      `The secret value must have between 1 and ${MAX_VALUE_BYTES} bytes.`,
    );
  }
}

function sameValue(one: SecretValue, other: SecretValue): boolean {
  return one.SecretString === other.SecretString && one.SecretBinary === other.SecretBinary;
}
