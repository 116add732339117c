/**
 * KMS's own rules about keys, without its protocol: states, usages, sizes, aliases, and the import of material that was
 * wrapped. No I/O. Errors carry the service's names and messages.
 *
 * Source of the rules: AWS KMS API reference, and "Key states of AWS KMS keys" in its developer guide.
 */
import { randomUUID, type KeyObject } from 'node:crypto';
import type { KmsWrapping } from './kms-wrapping.ts';
import { ServiceError } from './service-error.ts';

export type KeyState = 'Enabled' | 'Disabled' | 'PendingImport' | 'PendingDeletion';

export interface KmsKey {
  readonly id: string;
  readonly arn: string;
  readonly spec: string;
  readonly usage: string;
  readonly origin: string;
  readonly description: string;
  readonly createdAt: Date;
  state: KeyState;
  deletionAt: Date | undefined;
  /** Absent before it was imported. */
  material: KeyObject | undefined;
  /** What material is to be wrapped with, by its token. */
  readonly wrappings: Map<string, KmsWrapping>;
}

export class KmsError extends ServiceError {}

interface KeySpec {
  readonly spec: string;
  readonly usage: string;
  readonly origin: string;
  readonly description: string;
}

export interface KmsKeys {
  /** @throws KmsError `ValidationException` */
  create(spec: KeySpec): KmsKey;
  /** By id, ARN, alias, or ARN of an alias. @throws KmsError `NotFoundException` */
  find(id: string): KmsKey;
  /** @throws KmsError `AlreadyExistsException`, `NotFoundException`, `ValidationException` */
  createAlias(alias: string, keyId: string): void;
  /** @throws KmsError `NotFoundException`, and `ValidationException` where the keys are not of one kind. */
  moveAlias(alias: string, keyId: string): void;
  aliases(): readonly { readonly alias: string; readonly arn: string; readonly keyId: string }[];
}

const ACCOUNT = 'arn:aws:kms:us-east-1:123456789012';

/** Specs that these tests need. An EC key is there so that a wrong one can be met. */
const SPECS: ReadonlySet<string> = new Set([
  'RSA_2048',
  'RSA_3072',
  'RSA_4096',
  'ECC_NIST_P256',
  'SYMMETRIC_DEFAULT',
]);

const ALIAS = /^alias\/(?!aws\/)[\w/-]{1,250}$/;

export function createKmsKeys(now: () => number): KmsKeys {
  const keys = new Map<string, KmsKey>();
  const aliases = new Map<string, string>();

  const find = (id: string): KmsKey => {
    const name = id.startsWith(`${ACCOUNT}:`) ? id.slice(ACCOUNT.length + 1).replace(/^key\//, '') : id;
    return keys.get(name.startsWith('alias/') ? (aliases.get(name) ?? '') : name) ?? refuseUnknown(name);
  };

  return {
    find,
    create(spec) {
      const key = createKey(spec, new Date(now()));
      keys.set(key.id, key);
      return key;
    },
    createAlias(alias, keyId) {
      refuseAlias(alias);
      if (aliases.has(alias))
        throw new KmsError(
          'AlreadyExistsException',
          `An alias with the name ${ACCOUNT}:${alias} already exists`,
        );
      aliases.set(alias, find(keyId).id);
    },
    moveAlias(alias, keyId) {
      const to = find(keyId);
      refuseOtherKind(alias, find(alias), to);
      aliases.set(alias, to.id);
    },
    aliases: () => [...aliases].map(([alias, keyId]) => ({ alias, arn: `${ACCOUNT}:${alias}`, keyId })),
  };
}

function createKey({ spec, usage, origin, description }: KeySpec, createdAt: Date): KmsKey {
  if (!SPECS.has(spec))
    throw new KmsError('ValidationException', `KeySpec ${spec} is not among the valid values`);
  if (usage === 'SIGN_VERIFY' && spec === 'SYMMETRIC_DEFAULT')
    throw new KmsError('ValidationException', `KeyUsage ${usage} is not compatible with KeySpec ${spec}`);
  const id = randomUUID();
  return {
    id,
    arn: `${ACCOUNT}:key/${id}`,
    spec,
    usage,
    origin,
    description,
    createdAt,
    state: origin === 'EXTERNAL' ? 'PendingImport' : 'Enabled',
    deletionAt: undefined,
    material: undefined,
    wrappings: new Map(),
  };
}

function refuseUnknown(name: string): never {
  throw new KmsError(
    'NotFoundException',
    name.startsWith('alias/')
      ? `Alias ${ACCOUNT}:${name} is not found.`
      : `Key '${ACCOUNT}:key/${name}' does not exist`,
  );
}

function refuseAlias(alias: string): void {
  if (ALIAS.test(alias)) return;
  throw new KmsError(
    'ValidationException',
    'Alias must start with the prefix "alias/" and not with "alias/aws/".',
  );
}

/** Source: AWS KMS API reference, `UpdateAlias`. */
function refuseOtherKind(alias: string, from: KmsKey, to: KmsKey): void {
  if (from.usage === to.usage && from.spec.split('_')[0] === to.spec.split('_')[0]) return;
  throw new KmsError(
    'ValidationException',
    `Alias ${ACCOUNT}:${alias} cannot be changed from ${from.arn} to ${to.arn}: the two are not of the same type and usage`,
  );
}

/** @throws KmsError Unless the key can be used for what is asked of it. */
export function refuseUnfit(key: KmsKey, usage: string): KeyObject {
  if (key.state === 'Disabled') throw new KmsError('DisabledException', `${key.arn} is disabled.`);
  if (key.state === 'PendingDeletion')
    throw new KmsError('KMSInvalidStateException', `${key.arn} is pending deletion.`);
  if (key.material === undefined)
    throw new KmsError('KMSInvalidStateException', `${key.arn} is pending import.`);
  if (key.usage !== usage)
    throw new KmsError(
      'InvalidKeyUsageException',
      `${key.arn} key usage is ${key.usage} which is not valid for Sign.`,
    );
  return key.material;
}
