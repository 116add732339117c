/**
 * Stands in for AWS KMS: the AWS JSON 1.1 protocol on loopback, close enough for the real SDK client, with faults on
 * request. The rules stand in `kms-keys.ts`.
 */
import { createPrivateKey } from 'node:crypto';
import { type JsonObject, readText } from '../../lib/json/json.ts';
import { answerCalls, type Faults } from './answer-calls.ts';
import { createKmsKeys, KmsError, type KmsKeys } from './kms-keys.ts';
import { perform } from './kms-operations.ts';

type KmsRefusal = 'throttling' | 'internal' | 'access-denied' | 'key-unavailable';

interface KmsCall {
  /** `Sign`, `CreateKey` … */
  readonly operation: string;
  readonly input: JsonObject;
}

export interface Kms {
  /** What `AWS_ENDPOINT_URL_KMS` is set to. */
  readonly url: string;
  readonly calls: readonly KmsCall[];
  readonly faults: Faults<KmsCall, KmsRefusal>;
  /** Every key and alias, to look at and to change. */
  readonly keys: KmsKeys;
  /** A key for signing that has this private key, behind an alias. @returns Its ARN. */
  put(alias: string, privateKeyPem: string): string;
  close(): Promise<void>;
}

/** @param options.now Clock in milliseconds; default `Date.now`. */
export async function createKms({ now = Date.now }: { readonly now?: () => number } = {}): Promise<Kms> {
  const keys = createKmsKeys(now);
  const answering = await answerCalls({
    toCall: (target, input) => ({ operation: target.replace(/^TrentService\./, ''), input }),
    perform: (target, input) => perform(keys, target, input, new Date(now())),
    toError,
    messageField: 'message',
  });
  return {
    ...answering,
    keys,
    put(alias, privateKeyPem) {
      const material = createPrivateKey(privateKeyPem);
      const spec = `RSA_${material.asymmetricKeyDetails?.modulusLength}`;
      const key = keys.create({ spec, usage: 'SIGN_VERIFY', origin: 'EXTERNAL', description: '' });
      Object.assign(key, { material, state: 'Enabled' });
      keys.createAlias(alias, key.id);
      return key.arn;
    },
  };
}

function toError(refusal: KmsRefusal, { operation, input }: KmsCall): KmsError {
  const errors = {
    throttling: new KmsError(
      'ThrottlingException',
      'You have exceeded the rate at which you may call KMS. Reduce the frequency of your calls.',
    ),
    internal: new KmsError(
      'KMSInternalException',
      'The request was rejected because an internal exception occurred.',
      500,
    ),
    'key-unavailable': new KmsError(
      'KeyUnavailableException',
      'The request was rejected because the specified KMS key was not available.',
      500,
    ),
    'access-denied': new KmsError(
      'AccessDeniedException',
      `User: arn:aws:sts::123456789012:assumed-role/local/local is not authorized to perform: kms:${operation} ` +
        `on resource: ${readText(input, 'KeyId')} because no identity-based policy allows the kms:${operation} action`,
    ),
  };
  return errors[refusal];
}
