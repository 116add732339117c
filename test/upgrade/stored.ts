/**
 * What releases have stored, as they wrote it: a file for each format, `KIND-FORMAT.json`, never changed
 * once released. And what later releases may store, made from that.
 */
import { readdirSync, readFileSync } from 'node:fs';
import { isObject } from '../../lib/json/json.ts';

/** What a file holds by name: a message, or a record of DynamoDB. */
export type Stored = Readonly<Record<string, Readonly<Record<string, unknown>>>>;

const FILE = /^([a-z]+)-(\d+)\.json$/;

/** @returns The formats of which there is a file, the oldest first. */
export function listFormats(kind: string): readonly number[] {
  const names = readdirSync(new URL('.', import.meta.url)).map((name) => FILE.exec(name));
  return names.flatMap((found) => (found?.[1] === kind ? [Number(found[2])] : [])).toSorted((a, b) => a - b);
}

export function loadStored(kind: string, format: number): Stored {
  return JSON.parse(readFileSync(new URL(`${kind}-${format}.json`, import.meta.url), 'utf8'));
}

/** Said where a format changed and its number did not. */
export function howToChange(kind: string, file: string, written: number): string {
  return [
    `What is written to ${kind} differs from test/upgrade/${kind}-${written}.json. A release that is out there reads and writes that.`,
    `Take the change back, or raise \`written\` in ${file} to ${written + 1}, put what is written now into`,
    `test/upgrade/${kind}-${written + 1}.json, and keep test/upgrade/${kind}-${written}.json. docs/adr/0020 says what may change at all.`,
  ].join('\n');
}

/** The same, as a release would write it whose format is higher by so many, with more in it than is known today. */
export function asWrittenLater<T extends object>(stored: T, by: number): T {
  const v: unknown = 'v' in stored ? stored.v : undefined;
  const later = isObject(v) ? { N: String(Number(v['N']) + by) } : Number(v) + by;
  return { ...stored, v: later, addedLater: isObject(v) ? { S: 'of tomorrow' } : { of: 'tomorrow' } };
}

/** Names of fields that a format had and the next one lacks or holds in another type: those break who reads the one before. */
export function findBroken(before: unknown, after: unknown, path = ''): readonly string[] {
  if (!isObject(before)) return typeof before === typeof after ? [] : [path];
  if (!isObject(after)) return [path];
  return Object.entries(before).flatMap(([name, value]) =>
    findBroken(value, after[name], path === '' ? name : `${path}.${name}`),
  );
}
