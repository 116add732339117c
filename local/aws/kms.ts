/**
 * Stands in for AWS KMS: the AWS JSON 1.1 protocol on loopback, close enough for the real SDK client, with faults on
 * request. The rules stand in `kms-keys.ts`.
 */
import { createPrivateKey, randomUUID } from 'node:crypto';
import { type JsonObject, parseJson, readText, toObject } from '../../lib/json/json.ts';
import { type HttpOutcome, type HttpReply, type HttpRequest, listen } from '../http/server.ts';
import { createKmsKeys, KmsError, type KmsKeys } from './kms-keys.ts';
import { perform } from './kms-operations.ts';

/** What the next requests meet instead of an answer. */
type KmsFault = 'throttling' | 'internal' | 'access-denied' | 'key-unavailable' | 'reset' | 'silence';

interface KmsCall {
  /** `Sign`, `CreateKey` … */
  readonly operation: string;
  readonly input: JsonObject;
}

export interface Kms {
  /** What `AWS_ENDPOINT_URL_KMS` is set to. */
  readonly url: string;
  readonly calls: readonly KmsCall[];
  readonly faults: { next(fault: KmsFault, times?: number): void };
  /** Every key and alias, to look at and to change. */
  readonly keys: KmsKeys;
  /** A key for signing that has this private key, behind an alias. @returns Its ARN. */
  put(alias: string, privateKeyPem: string): string;
  close(): Promise<void>;
}

/** @param options.now Clock in milliseconds; default `Date.now`. */
export async function createKms({ now = Date.now }: { readonly now?: () => number } = {}): Promise<Kms> {
  const keys = createKmsKeys(now);
  const calls: KmsCall[] = [];
  const faults: KmsFault[] = [];

  async function answer(request: HttpRequest): Promise<HttpOutcome> {
    const target = String(request.headers['x-amz-target'] ?? '');
    const input = toObject(parseJson(request.body));
    const operation = target.replace(/^TrentService\./, '');
    calls.push({ operation, input });
    const fault = faults.shift();
    if (fault === 'reset' || fault === 'silence') return fault;
    try {
      if (fault !== undefined) throw toError(fault, operation, input);
      return reply(200, perform(keys, target, input, new Date(now())));
    } catch (error) {
      if (!(error instanceof KmsError)) throw error;
      return reply(error.status, { __type: error.name, message: error.message });
    }
  }

  const server = await listen(answer);
  return {
    url: server.url,
    calls,
    faults: { next: (fault, times = 1) => void faults.push(...Array.from({ length: times }, () => fault)) },
    keys,
    put(alias, privateKeyPem) {
      const material = createPrivateKey(privateKeyPem);
      const spec = `RSA_${material.asymmetricKeyDetails?.modulusLength}`;
      const key = keys.create({ spec, usage: 'SIGN_VERIFY', origin: 'EXTERNAL', description: '' });
      Object.assign(key, { material, state: 'Enabled' });
      keys.createAlias(alias, key.id);
      return key.arn;
    },
    close: () => server.close(),
  };
}

function toError(
  fault: Exclude<KmsFault, 'reset' | 'silence'>,
  operation: string,
  input: JsonObject,
): KmsError {
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
  return errors[fault];
}

function reply(status: number, body: JsonObject): HttpReply {
  return {
    status,
    headers: { 'content-type': 'application/x-amz-json-1.1', 'x-amzn-requestid': randomUUID() },
    body: JSON.stringify(body),
  };
}
