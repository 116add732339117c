/**
 * JSON whose integers stay exact: what a number cannot hold, as some ids of GitHub's deliveries, becomes a
 * BigInt. Takes the place of `json-with-bigint` in Octokit, too, where it is what every answer is read with.
 */
import { JSONParse as parseExactly, JSONStringify as stringifyExactly } from 'json-with-bigint';

/** With fewer digits in a row, a number holds them. To read exactly takes five times as long. */
const LONG_INTEGER = /\d{16}/;

/** @throws SyntaxError */
export function JSONParse(text: string): unknown {
  return LONG_INTEGER.test(text) ? parseExactly(text) : JSON.parse(text);
}

/** @throws TypeError for what refers to itself. */
export function JSONStringify(value: unknown): string {
  try {
    return JSON.stringify(value);
  } catch {
    return stringifyExactly(value); // a BigInt within
  }
}
