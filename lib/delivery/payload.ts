/** From verified bytes to a payload. Pure; refuses, never throws. */
import { isObject, type JsonObject } from '../json/json.ts';

/** A body as it came. A large text costs its reader a millisecond to be made bytes and text again. */
export type RawBody = string | Buffer;

/** A delivery's payload: some JSON object. Verified to be GitHub's, not validated against a schema. */
export type Payload = JsonObject;

/**
 * GitHub's two content types of a webhook: `application/json`, and `application/x-www-form-urlencoded` with the JSON
 * in `payload`.
 */
export type BodyFormat = 'json' | 'form';

/** The format that a content type announces; undefined for one that GitHub does not send. */
export function toBodyFormat(contentType: string | undefined): BodyFormat | undefined {
  switch (contentType?.split(';', 1)[0]?.trim().toLowerCase()) {
    case 'application/json':
      return 'json';
    case 'application/x-www-form-urlencoded':
      return 'form';
    default:
      return undefined;
  }
}

/**
 * Reads a body as JSON, or as a form whose `payload` is JSON. The content type is not signed: a body that GitHub
 * signed as the one must never be read as the other. So a form begins with its `payload`, as GitHub sends it, and
 * no text within a JSON body can be taken for one.
 *
 * @returns undefined for broken UTF-8, broken percent-encoding, what is not JSON, and JSON that is
 *          not an object. V8 parses JSON without recursion, so nesting however deep is harmless.
 */
export function parsePayload(body: RawBody, format: BodyFormat): Payload | undefined {
  try {
    const text =
      typeof body === 'string'
        ? body.slice(body.startsWith('\uFEFF') ? 1 : 0) // as the decoder does
        : new TextDecoder('utf-8', { fatal: true }).decode(body);
    const payload: unknown = JSON.parse(format === 'json' ? text : readForm(text));
    return isObject(payload) ? payload : undefined;
  } catch {
    return undefined;
  }
}

const FIRST_FIELD = 'payload=';

/** Not URLSearchParams: that turns broken UTF-8 into U+FFFD instead of refusing it. */
function readForm(form: string): string {
  if (!form.startsWith(FIRST_FIELD)) throw new TypeError('no form of GitHub');
  const [payload = ''] = form.slice(FIRST_FIELD.length).split('&', 1);
  return decodeURIComponent(payload.replaceAll('+', ' '));
}
