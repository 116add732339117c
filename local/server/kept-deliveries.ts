/**
 * Keeps the log of the stand-in for GitHub in a file beside the ledger, so that both survive a restart: the sweep's
 * records, which are in the ledger's table, name entries of that log.
 */
import { appendFileSync, existsSync, readFileSync, renameSync, writeFileSync } from 'node:fs';
import { stringifyExactJson, parseExactJson } from '../../lib/json/exact-json.ts';
import { isObject } from '../../lib/json/json.ts';
import type { KeptDeliveries, StoredDelivery } from '../github/delivery-log.ts';

/** Of what an earlier server left, the newest entries: some hundreds of deliveries. */
const MAX_CHARACTERS = 8_000_000;

/** @throws Where the file cannot be read or written. */
export function keepDeliveries(file: string): KeptDeliveries {
  return {
    load() {
      const lines = existsSync(file) ? readFileSync(file, 'utf8').split('\n') : [];
      const kept = takeNewest(lines);
      writeFileSync(`${file}.new`, kept.map(({ line }) => `${line}\n`).join(''), { mode: 0o600 });
      renameSync(`${file}.new`, file); // whole, whenever the process ends
      return kept.map(({ delivery }) => delivery);
    },
    append(delivery) {
      appendFileSync(file, `${stringifyExactJson(delivery)}\n`, { mode: 0o600 });
    },
  };
}

function takeNewest(lines: readonly string[]) {
  const kept: { readonly line: string; readonly delivery: StoredDelivery }[] = [];
  let left = MAX_CHARACTERS;
  for (const line of lines.toReversed()) {
    left -= line.length;
    if (left < 0) break;
    const delivery = toDelivery(line);
    if (delivery !== undefined) kept.unshift({ line, delivery });
  }
  return kept;
}

/** @returns undefined for the half of a line: its process ended while it wrote. */
function toDelivery(line: string): StoredDelivery | undefined {
  try {
    const value: unknown = parseExactJson(line);
    return isStored(value) ? { ...value, deliveredAt: new Date(value.deliveredAt) } : undefined;
  } catch {
    return undefined;
  }
}

/** Written by this file alone, and whole where it is JSON. */
function isStored(value: unknown): value is StoredDelivery {
  return isObject(value) && typeof value['id'] === 'string' && typeof value['guid'] === 'string';
}
