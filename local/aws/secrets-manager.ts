/**
 * Stands in for AWS Secrets Manager: the AWS JSON 1.1 protocol on loopback, close enough for the real SDK client,
 * with faults on request. The rules about versions and labels are in `secret-store.ts`.
 */
import { type JsonObject, readText } from '../../lib/json/json.ts';
import { answerCalls, type Faults } from './answer-calls.ts';
import {
  beginRotation,
  createSecretStore,
  putVersion,
  SecretsManagerError,
  versionAt,
} from './secret-store.ts';
import { perform } from './secrets-manager-operations.ts';

type SecretsManagerRefusal = 'throttling' | 'internal' | 'access-denied';

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
  readonly faults: Faults<SecretsManagerCall, SecretsManagerRefusal>;
  /** A new AWSCURRENT; the old one becomes AWSPREVIOUS. Makes the secret if there is none. */
  put(id: string, value: string, options?: { readonly createdAt?: Date }): void;
  /** A secret that never had a value, as CloudFormation leaves it when it is given none. */
  createEmpty(id: string): void;
  /** Takes AWSPREVIOUS away, as the end of a rotation does. */
  dropPrevious(id: string): void;
  /** What a schedule that is new is tried with: AWSPENDING on a version without a value. */
  beginRotation(id: string, version: string, options?: { readonly createdAt?: Date }): void;
  /** From now on `RotateSecret` has this function take the four steps, up to the first that fails. */
  rotateBy(id: string, invoke: (event: RotationEvent) => Promise<unknown>): void;
  close(): Promise<void>;
}

/** What Secrets Manager calls a rotation function with. */
interface RotationEvent {
  readonly SecretId: string;
  readonly ClientRequestToken: string;
  readonly Step: string;
}

const STEPS = ['createSecret', 'setSecret', 'testSecret', 'finishSecret'];

/** @param options.now Clock in milliseconds, for creation dates; default `Date.now`. */
export async function createSecretsManager({
  now = Date.now,
}: { readonly now?: () => number } = {}): Promise<SecretsManager> {
  const store = createSecretStore();
  const answering = await answerCalls({
    toCall,
    perform: (target, input) => perform(store, target, input, new Date(now())),
    toError,
    messageField: 'Message',
  });
  return {
    ...answering,
    put(id, value, { createdAt = new Date(now()) } = {}) {
      putVersion(store.find(id) ?? store.create(id), { SecretString: value }, { createdAt });
    },
    createEmpty: (id) => void store.create(id),
    dropPrevious: (id) => void versionAt(store.get(id), 'AWSPREVIOUS')?.stages.delete('AWSPREVIOUS'),
    beginRotation(id, version, { createdAt = new Date(now()) } = {}) {
      beginRotation(store.get(id), version, createdAt);
    },
    rotateBy(id, invoke) {
      const secret = store.get(id);
      const lambdaArn = 'arn:aws:lambda:us-east-1:123456789012:function:rotator';
      secret.rotation = { lambdaArn, start: (version) => void takeSteps(secret.arn, version, invoke) };
    },
  };
}

/** The real service begins again some minutes later. */
async function takeSteps(
  arn: string,
  version: string,
  invoke: (event: RotationEvent) => Promise<unknown>,
): Promise<void> {
  try {
    for (const Step of STEPS) await invoke({ SecretId: arn, ClientRequestToken: version, Step });
  } catch {
    // The function has logged it.
  }
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

function toError(refusal: SecretsManagerRefusal, { target, secretId }: SecretsManagerCall) {
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
  return errors[refusal];
}
