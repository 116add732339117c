/** KMS in the account and region of a stage, as far as the App's key goes. Load it where a key is there: most have none. */
import { createPublicKey, type KeyObject } from 'node:crypto';
import {
  CreateAliasCommand,
  CreateKeyCommand,
  DescribeKeyCommand,
  GetParametersForImportCommand,
  GetPublicKeyCommand,
  ImportKeyMaterialCommand,
  type KeyMetadata,
  type KeySpec,
  KMSClient,
  ListAliasesCommand,
  ScheduleKeyDeletionCommand,
  SignCommand,
  UpdateAliasCommand,
} from '@aws-sdk/client-kms';
import { within } from '../../lib/async/abort.ts';
import { SYSTEM_CLOCK } from '../../lib/async/clock.ts';
import { toSigningInput } from '../../lib/github/app-jwt.ts';
import { type AppKey, toFingerprint } from '../app/app-key.ts';
import type { Stage } from '../stage/stage.ts';
import { explainKms, isNamed } from './explain-kms.ts';
import { KEY_TAG } from './key-names.ts';

export interface KmsKey {
  readonly id: string;
  readonly arn: string;
  /** `RSA_2048`. */
  readonly spec: string;
  /** `Enabled`, `Disabled`, `PendingImport`, `PendingDeletion`. */
  readonly state: string;
  /** Only where it is to be deleted. */
  readonly deletionAt: Date | null;
}

export interface KmsAlias {
  readonly alias: string;
  readonly keyId: string;
}

/** Every method throws a CommandError. An `id` is that of a key, an ARN, or an alias; a `keyId` is no alias. */
export interface StageKms {
  /** undefined where there is none. */
  describe(id: string): Promise<KmsKey | undefined>;
  publicKey(id: string): Promise<KeyObject>;
  /** As RS256 wants it, and as the roles of the functions allow it: the whole message. */
  sign(id: string, message: string): Promise<Uint8Array>;
  /** Of this key alone; default: all that the account has. */
  aliases(keyId?: string): Promise<readonly KmsAlias[]>;
  /** A key for signing, without material. */
  create(spec: KeySpec): Promise<KmsKey>;
  /** @param wrap Gives the material, wrapped with this public key (DER, SPKI). */
  importMaterial(keyId: string, wrap: (wrappingKey: Uint8Array) => Uint8Array): Promise<void>;
  createAlias(alias: string, keyId: string): Promise<void>;
  moveAlias(alias: string, keyId: string): Promise<void>;
  /** @returns When it will be gone. */
  scheduleDeletion(keyId: string, days: number): Promise<Date | null>;
}

/** Makes one call. @param what In words. @param operation As KMS calls it. */
type Call = <T>(
  what: string,
  operation: string,
  send: (client: KMSClient, options: { readonly abortSignal: AbortSignal }) => Promise<T>,
) => Promise<T>;

/** For one call, the SDK's repetitions included. */
const TIMEOUT_MS = 20_000;

/** GitHub's keys have 2048 bits: this is stronger than what it wraps, and a longer one takes KMS longer to make. */
const WRAPPING_KEY_SPEC = 'RSA_3072';

export function openStageKms(stage: Pick<Stage, 'name' | 'region' | 'stackName'>): StageKms {
  const client = new KMSClient({ region: stage.region });
  const call: Call = (what, operation, send) =>
    within(SYSTEM_CLOCK, TIMEOUT_MS, (abortSignal) => send(client, { abortSignal })).catch(
      (error: unknown) => {
        throw explainKms(error, { what, right: `kms:${operation}`, stage: stage.name });
      },
    );
  return { ...createUse(call), ...createMaking(call, stage.stackName) };
}

/**
 * The key with this id, as the App's.
 *
 * @param known Its fingerprint, where that need not be asked for.
 */
export function toKmsAppKey(kms: StageKms, id: string, known: string | null = null): AppKey {
  return {
    async sign(claims) {
      const input = toSigningInput(claims);
      return `${input}.${Buffer.from(await kms.sign(id, input)).toString('base64url')}`;
    },
    fingerprint: async () => known ?? toFingerprint(await kms.publicKey(id)),
  };
}

/** What is done with keys that are there. */
function createUse(call: Call): Pick<StageKms, 'describe' | 'publicKey' | 'sign' | 'aliases'> {
  return {
    async describe(id) {
      const command = new DescribeKeyCommand({ KeyId: id });
      const found = await call('looks at the key', 'DescribeKey', (client, options) =>
        client.send(command, options).catch((error: unknown) => {
          if (!isNamed(error, 'NotFoundException')) throw error;
          return undefined;
        }),
      );
      return found?.KeyMetadata && toKey(found.KeyMetadata);
    },
    async publicKey(id) {
      const command = new GetPublicKeyCommand({ KeyId: id });
      const { PublicKey = new Uint8Array() } = await call(
        'asks for the public key',
        'GetPublicKey',
        (client, options) => client.send(command, options),
      );
      return createPublicKey({ key: Buffer.from(PublicKey), format: 'der', type: 'spki' });
    },
    async sign(id, message) {
      const command = new SignCommand({
        KeyId: id,
        Message: Buffer.from(message),
        MessageType: 'RAW',
        SigningAlgorithm: 'RSASSA_PKCS1_V1_5_SHA_256',
      });
      const { Signature = new Uint8Array() } = await call('signs', 'Sign', (client, options) =>
        client.send(command, options),
      );
      return Signature;
    },
    async aliases(keyId) {
      const found: KmsAlias[] = [];
      for (let marker: string | undefined, isLast = false; !isLast;) {
        const command = new ListAliasesCommand({
          ...(keyId !== undefined && { KeyId: keyId }),
          ...(marker !== undefined && { Marker: marker }),
        });
        const page = await call('lists the aliases', 'ListAliases', (client, options) =>
          client.send(command, options),
        );
        for (const { AliasName: alias = '', TargetKeyId = '' } of page.Aliases ?? [])
          found.push({ alias, keyId: TargetKeyId });
        marker = page.NextMarker;
        isLast = marker === undefined;
      }
      return found;
    },
  };
}

/** What makes, moves and ends keys. */
function createMaking(
  call: Call,
  stackName: string,
): Omit<StageKms, 'describe' | 'publicKey' | 'sign' | 'aliases'> {
  return {
    async create(spec) {
      const command = new CreateKeyCommand({
        KeySpec: spec,
        KeyUsage: 'SIGN_VERIFY',
        Origin: 'EXTERNAL',
        Description: `Private key of the GitHub App (${stackName})`,
        Tags: [{ TagKey: KEY_TAG, TagValue: stackName }],
      });
      const { KeyMetadata } = await call('makes a key', 'CreateKey, kms:TagResource', (client, options) =>
        client.send(command, options),
      );
      return toKey(KeyMetadata ?? { KeyId: '' });
    },
    async importMaterial(keyId, wrap) {
      const ask = new GetParametersForImportCommand({
        KeyId: keyId,
        WrappingAlgorithm: 'RSA_AES_KEY_WRAP_SHA_256',
        WrappingKeySpec: WRAPPING_KEY_SPEC,
      });
      const { ImportToken, PublicKey = new Uint8Array() } = await call(
        'asks what to wrap the key with',
        'GetParametersForImport',
        (client, options) => client.send(ask, options),
      );
      const put = new ImportKeyMaterialCommand({
        KeyId: keyId,
        ImportToken,
        EncryptedKeyMaterial: wrap(PublicKey),
        ExpirationModel: 'KEY_MATERIAL_DOES_NOT_EXPIRE',
      });
      await call('imports the key', 'ImportKeyMaterial', (client, options) => client.send(put, options));
    },
    async createAlias(alias, keyId) {
      const command = new CreateAliasCommand({ AliasName: alias, TargetKeyId: keyId });
      await call(`makes ${alias}`, 'CreateAlias', (client, options) => client.send(command, options));
    },
    async moveAlias(alias, keyId) {
      const command = new UpdateAliasCommand({ AliasName: alias, TargetKeyId: keyId });
      await call(`moves ${alias}`, 'UpdateAlias', (client, options) => client.send(command, options));
    },
    async scheduleDeletion(keyId, days) {
      const command = new ScheduleKeyDeletionCommand({ KeyId: keyId, PendingWindowInDays: days });
      const { DeletionDate } = await call(
        'schedules the deletion of the key',
        'ScheduleKeyDeletion',
        (client, options) => client.send(command, options),
      );
      return DeletionDate ?? null;
    },
  };
}

function toKey({
  KeyId: id = '',
  Arn: arn = '',
  KeySpec: spec,
  KeyState: state,
  DeletionDate,
}: KeyMetadata): KmsKey {
  return { id, arn, spec: spec ?? '', state: state ?? '', deletionAt: DeletionDate ?? null };
}
