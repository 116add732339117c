/** Times, sizes and outcomes in words. Pure. */

const TIME = new Intl.DateTimeFormat(undefined, {
  hour: '2-digit',
  minute: '2-digit',
  second: '2-digit',
  hour12: false,
});
const WHOLE = new Intl.DateTimeFormat(undefined, { dateStyle: 'medium', timeStyle: 'medium', hour12: false });

export function toTime(iso: string): string {
  return iso === '' ? '' : TIME.format(new Date(iso));
}

export function toWholeTime(iso: string): string {
  return WHOLE.format(new Date(iso));
}

export function toDuration(ms: number): string {
  if (ms < 1_000) return `${ms} ms`;
  return ms < 60_000 ? `${(ms / 1_000).toFixed(1)} s` : `${Math.round(ms / 60_000)} min`;
}

export function toSize(bytes: number): string {
  if (bytes < 1_000) return `${bytes} B`;
  return bytes < 1_000_000 ? `${(bytes / 1_000).toFixed(1)} kB` : `${(bytes / 1_000_000).toFixed(1)} MB`;
}

/** Which colour and sign an outcome has. The word always stands beside it, or is its name for a reader. */
export function toTone(outcome: string): { readonly tone: string; readonly sign: string } {
  return TONES[outcome] ?? { tone: 'warn', sign: '?' };
}

const TONES: Readonly<Record<string, { readonly tone: string; readonly sign: string }>> = {
  handled: { tone: 'good', sign: '✓' },
  done: { tone: 'good', sign: '✓' },
  queued: { tone: 'info', sign: '»' },
  claimed: { tone: 'info', sign: '…' },
  'under way': { tone: 'info', sign: '…' },
  duplicate: { tone: 'quiet', sign: '=' },
  ignored: { tone: 'quiet', sign: '·' },
  skipped: { tone: 'warn', sign: '○' },
  failed: { tone: 'bad', sign: '✗' },
  given_up: { tone: 'bad', sign: '✗' },
  rejected: { tone: 'bad', sign: '✗' },
  'no answer': { tone: 'bad', sign: '✗' },
};
