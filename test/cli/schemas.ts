/** The JSON of every command against its schema in cli/schemas/. */
import { readFileSync } from 'node:fs';
import { Ajv2020 } from 'ajv/dist/2020.js';
import { expect } from 'vitest';

/** Formats are said for readers; what a date-time looks like, `Date` decides. */
const ajv = new Ajv2020({ strict: true, allErrors: true, validateFormats: true, allowUnionTypes: true });
ajv.addFormat('date-time', (text: string) => new Date(text).toISOString() === text);

/** @param command The name of the command; spaces of one with two words are dashes: `rotate-webhook-secret`. */
export function expectJson(command: string, stdout: string): unknown {
  const value: unknown = JSON.parse(stdout);
  const schema = readSchema(command);
  ajv.validate(schema, value);
  expect(ajv.errors ?? [], `hookmint ${command} --json`).toEqual([]);
  return value;
}

export function readSchema(command: string): { readonly title?: string } {
  return JSON.parse(readFileSync(new URL(`../../cli/schemas/${command}.json`, import.meta.url), 'utf8'));
}

/** @throws Error Where the schema is none. */
export function compileSchema(command: string): void {
  ajv.compile(readSchema(command));
}
