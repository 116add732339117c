/** Invokes a built function once, as Lambda does, and tells its result and the most memory that the process held. */
import { readFileSync } from 'node:fs';

const [file = '', eventFile = ''] = process.argv.slice(2);
const { handler } = await import(file);
const startedMs = Date.now();
const result = await handler(JSON.parse(readFileSync(eventFile, 'utf8')), {
  getRemainingTimeInMillis: () => 60_000 - (Date.now() - startedMs),
});
const [, peakKiB] = /VmHWM:\s+(\d+)/.exec(readFileSync('/proc/self/status', 'utf8')) ?? [];
process.stdout.write(`${JSON.stringify({ result, peakMb: Math.round(Number(peakKiB) / 1024) })}\n`, () =>
  process.exit(),
);
