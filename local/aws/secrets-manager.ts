/**
 * Stands in for AWS Secrets Manager: the AWS JSON 1.1 protocol on loopback, close enough for the real SDK client,
 * with faults on request. The rules about versions and labels are in `secret-store.ts`.
 */
import { randomUUID } from 'node:crypto';
import { setTimeout as sleep } from 'node:timers/promises';
import { type HttpOutcome, type HttpReply, type HttpRequest, listen } from '../http/server.ts';
import { type JsonObject, parseJson, readText, toObject } from '../../lib/json/json.ts';
import { createSecretStore, putVersion, SecretsManagerError, versionAt } from './secret-store.ts';
import { perform } from './secrets-manager-operations.ts';

/** What the next requests meet instead of an answer, or (`delayMs`, real time) before it. */
type SecretsManagerFault =
  'throttling' | 'internal' | 'access-denied' | 'reset' | 'silence' | { readonly delayMs: number };

interface SecretsManagerCall {
  /** `x-amz-target`: `secretsmanager.GetSecretValue`. */
  readonly target: string;
  readonly secretId: string | undefined;
  readonly stage: string | undefined;
}

export interface SecretsManager {
  /** What `AWS_ENDPOINT_URL_SECRETS_MANAGER` is set to. */
  readonly url: string;
  readonly calls: readonly SecretsManagerCall[];
  readonly faults: { next(fault: SecretsManagerFault, times?: number): void };
  /** A new AWSCURRENT; the old one becomes AWSPREVIOUS. Makes the secret if there is none. */
  put(id: string, value: string, options?: { readonly createdAt?: Date }): void;
  /** A secret that never had a value, as CloudFormation leaves it when it is given none. */
  createEmpty(id: string): void;
  /** Takes AWSPREVIOUS away, as the end of a rotation does. */
  dropPrevious(id: string): void;
  close(): Promise<void>;
}

/** @param options.now Clock in milliseconds, for creation dates; default `Date.now`. */
export async function createSecretsManager({
  now = Date.now,
}: { readonly now?: () => number } = {}): Promise<SecretsManager> {
  const store = createSecretStore();
  const calls: SecretsManagerCall[] = [];
  const faults: SecretsManagerFault[] = [];

  async function answer(request: HttpRequest): Promise<HttpOutcome> {
    const target = String(request.headers['x-amz-target'] ?? '');
    const input = toObject(parseJson(request.body));
    const call = toCall(target, input);
    calls.push(call);
    const fault = faults.shift();
    if (fault === 'reset' || fault === 'silence') return fault;
    if (typeof fault === 'object') await sleep(fault.delayMs);
    try {
      if (typeof fault === 'string') throw toError(fault, call);
      return reply(200, perform(store, target, input, new Date(now())));
    } catch (error) {
      if (!(error instanceof SecretsManagerError)) throw error;
      return reply(error.status, { __type: error.name, Message: error.message });
    }
  }

  const server = await listen(answer);
  return {
    url: server.url,
    calls,
    faults: { next: (fault, times = 1) => void faults.push(...Array.from({ length: times }, () => fault)) },
    put(id, value, { createdAt = new Date(now()) } = {}) {
      putVersion(store.find(id) ?? store.create(id), { SecretString: value }, { createdAt });
    },
    createEmpty: (id) => void store.create(id),
    dropPrevious: (id) => void versionAt(store.get(id), 'AWSPREVIOUS')?.stages.delete('AWSPREVIOUS'),
    close: () => server.close(),
  };
}

function toCall(target: string, input: JsonObject): SecretsManagerCall {
  const byDefault =
    target.endsWith('.GetSecretValue') && !readText(input, 'VersionId') ? 'AWSCURRENT' : undefined;
  return {
    target,
    secretId: readText(input, 'SecretId') ?? readText(input, 'Name'),
    stage: readText(input, 'VersionStage') ?? byDefault,
  };
}

function toError(
  fault: 'throttling' | 'internal' | 'access-denied',
  { target, secretId }: SecretsManagerCall,
) {
  const action = target.replace('.', ':');
  const errors = {
    throttling: new SecretsManagerError('ThrottlingException', 'Rate exceeded'),
    internal: new SecretsManagerError('InternalServiceError', 'An error occurred on the server side.', 500),
    'access-denied': new SecretsManagerError(
      'AccessDeniedException',
      `User: arn:aws:sts::123456789012:assumed-role/local/local is not authorized to perform: ${action} ` +
        `on resource: ${secretId} because no identity-based policy allows the ${action} action`,
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
