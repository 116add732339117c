/**
 * Signs calls to AWS with Signature Version 4, in the one shape that they have here: a POST without a query. The SDK's
 * signer takes five times the CPU (docs/adr/0047).
 *
 * @see AWS IAM User Guide, "Create a signed AWS API request"
 */
import { createHmac, createSecretKey, hash, type KeyObject } from 'node:crypto';

/** As Lambda hands them over. */
export interface AwsCredentials {
  readonly accessKeyId: string;
  readonly secretAccessKey: string;
  readonly sessionToken?: string;
}

/** Asked again for every request: Lambda replaces what stands in the environment. */
export type Credentials = () => Promise<AwsCredentials>;

type Headers = Readonly<Record<string, string>>;

/** @returns The headers to send: those given, those of the signature, and the host. */
export type Sign = (request: {
  /** Without a query. */
  readonly url: URL;
  /** Names in lower case; values without blanks around them, or several in a row. */
  readonly headers: Headers;
  readonly body: string | Uint8Array;
  readonly at: Date;
}) => Promise<Headers>;

interface SigningDeps {
  readonly service: string;
  readonly region: string;
  /** Asked for every request: what the environment says may be replaced at any time. */
  readonly credentials: Credentials;
}

const ALGORITHM = 'AWS4-HMAC-SHA256';

/** What is on the way may change it. */
const UNSIGNED = 'x-amzn-trace-id';

/** @param service As the scope of a signature names it: `dynamodb`, `sqs`. */
export function createSign({ service, region, credentials }: SigningDeps): Sign {
  const dailyKeys = createDailyKeys(region, service);
  return async ({ url, headers, body, at }) => {
    const { accessKeyId, secretAccessKey, sessionToken } = await credentials();
    const time = at.toISOString().replaceAll(/[-:]|\.\d+/g, '');
    const day = time.slice(0, 8);
    const all: Headers = {
      ...headers,
      host: url.host,
      'x-amz-date': time,
      ...(sessionToken !== undefined && { 'x-amz-security-token': sessionToken }),
    };
    const names = Object.keys(all)
      .filter((name) => name !== UNSIGNED)
      .toSorted();
    const signed = names.join(';');
    const lines = names.map((name) => `${name}:${all[name]}\n`).join('');
    const request = `POST\n${toCanonicalPath(url)}\n\n${lines}\n${signed}\n${hash('sha256', body)}`;
    const scope = `${day}/${region}/${service}/aws4_request`;
    const text = `${ALGORITHM}\n${time}\n${scope}\n${hash('sha256', request)}`;
    const signature = createHmac('sha256', dailyKeys.keyOf(secretAccessKey, day)).update(text).digest('hex');
    return {
      ...all,
      authorization: `${ALGORITHM} Credential=${accessKeyId}/${scope}, SignedHeaders=${signed}, Signature=${signature}`,
    };
  };
}

/** Percent-encoded once more than it is sent, and without empty parts. */
function toCanonicalPath({ pathname }: URL): string {
  if (pathname === '/') return pathname;
  const parts = pathname.split('/').filter((part) => part !== '');
  const isFolder = parts.length > 0 && pathname.endsWith('/');
  return `/${parts.map(escape).join('/')}${isFolder ? '/' : ''}`;
}

function escape(part: string): string {
  return encodeURIComponent(part).replaceAll(
    /[!'()*]/g,
    (found) => `%${found.charCodeAt(0).toString(16).toUpperCase()}`,
  );
}

/** The key that signs is derived from the secret for each day. The one that was used last is kept. */
function createDailyKeys(region: string, service: string) {
  let last: { readonly secret: string; readonly day: string; readonly key: KeyObject } | undefined;
  return {
    keyOf(secret: string, day: string): KeyObject {
      if (last?.secret !== secret || last.day !== day)
        last = { secret, day, key: deriveKey(secret, [day, region, service, 'aws4_request']) };
      return last.key;
    },
  };
}

/** A `KeyObject`: with a Buffer as its key an HMAC takes several times as long (findings/node-hmac-buffer-key.sh). */
function deriveKey(secret: string, parts: readonly string[]): KeyObject {
  let key = createSecretKey(`AWS4${secret}`, 'utf8');
  for (const part of parts) key = createSecretKey(createHmac('sha256', key).update(part).digest());
  return key;
}
