/** Signs the App's JWT with a key in KMS: its private half is in nobody's memory. */
import { KMSClient, SignCommand } from '@aws-sdk/client-kms';
import { type AppJwtClaims, type AppSigners, type SignAppJwt, toSigningInput } from '../github/app-jwt.ts';
import type { CallDeps } from './call.ts';
import { createClientOptions, withoutExtras } from './client-options.ts';
import { toKmsFault } from './kms-faults.ts';
import { clientHeldTo } from './rights.ts';

interface KmsSignersDeps {
  /** Id or ARN of a key, or of an alias: what that points to is looked up by KMS each time. */
  readonly keyId: string;
  /** Milliseconds since the epoch. */
  readonly now: () => number;
  readonly client: Pick<KMSClient, 'send'>;
}

/** The client of the functions: it sends nothing but what they have a right to. */
export function createKmsClient(deps: CallDeps): KMSClient {
  return clientHeldTo('kmsSigner', withoutExtras(new KMSClient(createClientOptions('kms', deps))));
}

/** A key that GitHub does not know must not have KMS sign with every call. */
const REFRESH_INTERVAL_MS = 30_000;

/**
 * One signer. Whoever keeps its JWT while it lives needs it some ten times an hour. Where GitHub refuses that JWT,
 * another signer of the same id takes its place: an alias may have been moved to another key meanwhile, and what
 * the old one signed is not to be used again.
 */
export function createKmsSigners({ keyId, now, client }: KmsSignersDeps): AppSigners {
  const makeSigners = (): readonly SignAppJwt[] => [(claims) => signWithKms(claims, keyId, client)];
  let signers = makeSigners();
  let refreshedAtMs = -Infinity;
  return {
    signers: async () => signers,
    async refreshed() {
      if (now() - refreshedAtMs < REFRESH_INTERVAL_MS) return signers;
      refreshedAtMs = now();
      signers = makeSigners();
      return signers;
    },
  };
}

/**
 * The claims go to KMS as they are, not as a digest: so the role may be held to `kms:MessageType` RAW, and nobody
 * can have a digest signed whose text KMS never saw.
 *
 * @throws ServiceFault As `toKmsFault`.
 */
async function signWithKms(
  claims: AppJwtClaims,
  keyId: string,
  client: KmsSignersDeps['client'],
): Promise<string> {
  const input = toSigningInput(claims);
  const command = new SignCommand({
    KeyId: keyId,
    Message: Buffer.from(input),
    MessageType: 'RAW',
    SigningAlgorithm: 'RSASSA_PKCS1_V1_5_SHA_256',
  });
  try {
    const { Signature } = await client.send(command);
    if (Signature === undefined) throw new Error('KMS answered without a signature');
    return `${input}.${Buffer.from(Signature).toString('base64url')}`;
  } catch (error) {
    throw toKmsFault(error);
  }
}
