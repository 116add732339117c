/**
 * Takes secrets out of text on its way to a log or an answer. Pure. Known values go first, then
 * everything that looks like a credential; what looks like JSON is cut, for it may be a payload.
 */

import { cutText } from './plain-text.ts';

const REDACTED = '[redacted]';

/**
 * Installation tokens have had dots, dashes and any length since 2026, so there is no upper bound and
 * no `\b` at the end. No pattern starts anew within what it has read: text may be a stranger's, and
 * long.
 */
const CREDENTIALS: readonly RegExp[] = [
  /-----BEGIN [A-Z0-9 ]+-----[\s\S]*?(?:-----END [A-Z0-9 ]+-----|$)/g,
  /(?:gh[a-z]_|github_pat_)[A-Za-z0-9_.-]{16,}/g,
  /(?<![A-Za-z0-9_-])eyJ[A-Za-z0-9_-]{4,}\.[A-Za-z0-9_-]+(?:\.[A-Za-z0-9_-]*)?/g,
  /\b(?:bearer|token|basic)\s{1,8}[A-Za-z0-9_.~+/=-]{16,}/gi,
  // The user of an installation token in URLs of git, plain, percent-encoded and in base64.
  /x-access-token(?::|%3A)[^\s/@"'\\]+/gi,
  /eC1hY2Nlc3MtdG9rZW46[A-Za-z0-9+/=_-]*/g,
  // The password of any other user in a URL.
  /(?<=:\/\/[^\s/@:]{1,64}:)[^\s/@"'\\]+(?=@)/g,
];

/** What each of these patterns begins with. Most texts hold none of it, and are then read only once. */
export const CREDENTIAL_START =
  /-----BEGIN |gh[a-z]_|github_pat_|eyJ|(?:bearer|token|basic)\s|x-access-token|eC1hY2Nlc3Mt|:\/\//i;

/** Longest string that any field of a log line carries. */
const MAX_TEXT_LENGTH = 1_000;

/** How much of a text is read: more than is kept, so that a credential at the cut is still recognised. */
const MAX_READ_LENGTH = 20_000;

/** `{"`, `["`, also within JSON that stands in JSON. */
const JSON_START = /[{[]\s{0,8}\\*"/;

/**
 * @param text    Anything: a handler's message, an error's text.
 * @param secrets Exact values that must not appear, such as the token of the run.
 */
export function redact(text: string, secrets: Iterable<string> = []): string {
  let clean = redactCredentials(text.slice(0, MAX_READ_LENGTH), secrets);
  const json = clean.search(JSON_START);
  if (json !== -1) clean = `${clean.slice(0, json)}[json]`;
  return clean.length > MAX_TEXT_LENGTH ? `${cutText(clean, MAX_TEXT_LENGTH)}…` : clean;
}

/** Credentials only: for text whose JSON is ours. */
export function redactCredentials(text: string, secrets: Iterable<string> = []): string {
  let clean = text;
  for (const secret of secrets) if (secret !== '') clean = clean.replaceAll(secret, REDACTED);
  if (!CREDENTIAL_START.test(clean)) return clean;
  for (const pattern of CREDENTIALS) clean = clean.replace(pattern, REDACTED);
  return clean;
}
