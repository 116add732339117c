/** Takes credentials out of whatever the console shows. Pure. */
import { isObject } from '../../lib/json/json.ts';
import { redactCredentials } from '../../lib/log/redact.ts';

/** Fields of GitHub's API that hold one, whatever it looks like. */
const SECRET_FIELDS: ReadonlySet<string> = new Set([
  'access_token',
  'client_secret',
  'password',
  'pem',
  'private_key',
  'refresh_token',
  'secret',
  'token',
  'webhook_secret',
]);

const REDACTED = '[redacted]';

export interface Redaction {
  text(text: string): string;
  /** The same value, with every text in it redacted. */
  value(value: unknown): unknown;
}

/** @param secrets Exact values that must not be shown, as they are now. */
export function createRedaction(secrets: () => Iterable<string>): Redaction {
  const text = (given: string): string => redactCredentials(given, secrets());
  const value = (given: unknown): unknown => {
    if (typeof given === 'string') return text(given);
    if (Array.isArray(given)) return given.map(value);
    if (!isObject(given)) return given;
    return Object.fromEntries(
      Object.entries(given).map(([name, each]) => [
        name,
        SECRET_FIELDS.has(name) && typeof each === 'string' && each !== '' ? REDACTED : value(each),
      ]),
    );
  };
  return { text, value };
}
