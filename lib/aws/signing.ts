/** Signs calls to AWS, with the SDK's own signer (Signature Version 4). */
import { createHash, createHmac, createSecretKey, type KeyObject } from 'node:crypto';
import { SignatureV4 } from '@smithy/signature-v4';
import type { AwsCredentialIdentity, Checksum, SourceData } from '@smithy/types';

export type Credentials = () => Promise<AwsCredentialIdentity>;

type Headers = Readonly<Record<string, string>>;

/** @returns The headers to send: those given, those of the signature, and the host. */
export type Sign = (request: {
  readonly url: URL;
  readonly headers: Headers;
  readonly body: string;
  readonly at: Date;
}) => Promise<Headers>;

interface SigningDeps {
  readonly service: string;
  readonly region: string;
  /** Asked for every request: what the environment says may be replaced at any time. */
  readonly credentials: Credentials;
}

export function createSign({ service, region, credentials }: SigningDeps): Sign {
  // The hash of the body in a header of its own is for S3.
  const signer = new SignatureV4({ service, region, credentials, sha256: Sha256, applyChecksum: false });
  return async ({ url, headers, body, at }) => {
    const { protocol, hostname, pathname: path, host } = url;
    const request = { method: 'POST', protocol, hostname, path, headers: { ...headers, host }, body };
    return (await signer.sign(request, { signingDate: at })).headers;
  };
}

/** SHA-256, or HMAC with it, as the signer asks for them. */
class Sha256 implements Checksum {
  readonly #hash: ReturnType<typeof createHash | typeof createHmac>;

  constructor(secret?: SourceData) {
    this.#hash = secret === undefined ? createHash('sha256') : createHmac('sha256', toKey(secret));
  }

  update(bytes: Uint8Array): void {
    this.#hash.update(bytes);
  }

  async digest(): Promise<Uint8Array> {
    return this.#hash.digest();
  }

  reset(): void {
    throw new Error('a hash is made anew, not reset');
  }
}

/** The signer hands in the same bytes for a day. */
const keys = new WeakMap<object, KeyObject>();

/** Bytes as a `KeyObject`: with a Buffer as its key an HMAC takes several times as long (findings/node-hmac-buffer-key.sh). */
function toKey(secret: SourceData): string | KeyObject {
  if (typeof secret === 'string') return secret;
  const known = keys.get(secret);
  if (known !== undefined) return known;
  const { buffer, byteOffset, byteLength } = ArrayBuffer.isView(secret) ? secret : new Uint8Array(secret);
  const key = createSecretKey(Buffer.from(buffer, byteOffset, byteLength));
  keys.set(secret, key);
  return key;
}
