/** The operations of Secrets Manager that hookmint or its tests call: wire shapes in, wire shapes out. */
import { randomUUID } from 'node:crypto';
import type { JsonObject } from '../../lib/json/json.ts';
import { readText } from '../../lib/json/json.ts';
import {
  beginRotation,
  isFilled,
  moveStage,
  putVersion,
  type Secret,
  SecretsManagerError,
  type SecretStore,
  type SecretValue,
  type SecretVersion,
  versionAt,
} from './secret-store.ts';

/** @throws SecretsManagerError for everything that the service refuses. */
export function perform(store: SecretStore, target: string, input: JsonObject, now: Date): JsonObject {
  const id = readText(input, 'SecretId') ?? '';
  switch (target) {
    case 'secretsmanager.GetSecretValue':
      return getSecretValue(store.get(id), input);
    case 'secretsmanager.CreateSecret': {
      const secret = store.create(readText(input, 'Name') ?? '');
      return hasValue(input) ? put(secret, input, now) : identify(secret);
    }
    case 'secretsmanager.PutSecretValue':
      return put(store.get(id), input, now);
    case 'secretsmanager.UpdateSecretVersionStage':
      return updateStage(store.get(id), input);
    case 'secretsmanager.DescribeSecret':
      return describe(store.get(id));
    case 'secretsmanager.RotateSecret':
      return rotate(store.get(id), input, now);
    default:
      throw new SecretsManagerError('UnknownOperationException', `No such operation here: ${target}`);
  }
}

function getSecretValue(secret: Secret, input: JsonObject): JsonObject {
  const id = readText(input, 'VersionId');
  const stage = readText(input, 'VersionStage') ?? (id === undefined ? 'AWSCURRENT' : undefined);
  const version = id === undefined ? versionAt(secret, stage ?? '') : secret.versions.get(id);
  if (!version || !isFilled(version)) {
    const which = id === undefined ? `staging label: ${stage}` : `VersionId: ${id}`;
    throw new SecretsManagerError(
      'ResourceNotFoundException',
      `Secrets Manager can't find the specified secret value for ${which}`,
    );
  }
  if (stage !== undefined && !version.stages.has(stage)) {
    throw new SecretsManagerError(
      'InvalidRequestException',
      'You provided a VersionStage that is not associated to the provided VersionId.',
    );
  }
  return {
    ...identify(secret, version),
    ...version.value,
    VersionStages: [...version.stages],
    CreatedDate: version.createdAt.getTime() / 1000,
  };
}

function put(secret: Secret, input: JsonObject, now: Date): JsonObject {
  const id = readText(input, 'ClientRequestToken');
  const stages = textsAt(input, 'VersionStages');
  const version = putVersion(secret, toValue(input), {
    createdAt: now,
    ...(id !== undefined && { id }),
    ...(stages && { stages }),
  });
  return { ...identify(secret, version), VersionStages: [...version.stages] };
}

function updateStage(secret: Secret, input: JsonObject): JsonObject {
  const stage = readText(input, 'VersionStage') ?? '';
  const from = readText(input, 'RemoveFromVersionId');
  const to = readText(input, 'MoveToVersionId');
  const holder = versionAt(secret, stage);
  if (holder && holder.id !== from && holder.id !== to) {
    throw new SecretsManagerError(
      'InvalidParameterException',
      `The parameter RemoveFromVersionId can't be empty. Staging label ${stage} is currently attached to version ` +
        `${holder.id}, so you must explicitly reference that version in RemoveFromVersionId.`,
    );
  }
  if (to !== undefined) {
    const target = secret.versions.get(to);
    if (!target) {
      throw new SecretsManagerError(
        'ResourceNotFoundException',
        `Secrets Manager can't find the specified secret version: ${to}`,
      );
    }
    moveStage(secret, stage, target);
  } else if (stage === 'AWSCURRENT') {
    throw new SecretsManagerError(
      'InvalidParameterException',
      "You can only move staging label AWSCURRENT to a different secret version. It can't be completely removed.",
    );
  } else {
    holder?.stages.delete(stage);
  }
  return identify(secret);
}

/** Versions without a label are deprecated and not listed. */
function describe(secret: Secret): JsonObject {
  const labelled = [...secret.versions.values()].filter(({ stages }) => stages.size > 0);
  const stages = Object.fromEntries(labelled.map((version) => [version.id, [...version.stages]]));
  return {
    ...identify(secret),
    VersionIdsToStages: stages,
    ...(secret.rotation && { RotationEnabled: true, RotationLambdaARN: secret.rotation.lambdaArn }),
  };
}

/** Begins one, and does not wait for its end. */
function rotate(secret: Secret, input: JsonObject, now: Date): JsonObject {
  if (secret.rotation === undefined) {
    throw new SecretsManagerError(
      'InvalidRequestException',
      'No Lambda rotation function ARN is associated with this secret.',
    );
  }
  const version = readText(input, 'ClientRequestToken') ?? randomUUID();
  beginRotation(secret, version, now);
  secret.rotation.start(version);
  return { ...identify(secret), VersionId: version };
}

function identify(secret: Secret, version?: SecretVersion): JsonObject {
  return { ARN: secret.arn, Name: secret.name, ...(version && { VersionId: version.id }) };
}

function hasValue(input: JsonObject): boolean {
  return input['SecretString'] !== undefined || input['SecretBinary'] !== undefined;
}

function toValue(input: JsonObject): SecretValue {
  const SecretString = readText(input, 'SecretString');
  const SecretBinary = readText(input, 'SecretBinary');
  return {
    ...(SecretString !== undefined && { SecretString }),
    ...(SecretBinary !== undefined && { SecretBinary }),
  };
}

function textsAt(input: JsonObject, key: string): string[] | undefined {
  const value = input[key];
  return Array.isArray(value) ? value.filter((item) => typeof item === 'string') : undefined;
}
