/** Reading and searching payloads of any size. Pure. */

export interface Hit {
  readonly path: readonly string[];
  /** JSON, cut. */
  readonly value: string;
}

/** Nobody reads more of them. */
const MOST_HITS = 100;

const MAX_VALUE = 80;

/** @returns undefined for what is no JSON object. Numbers that would lose digits stand as they were sent. */
export function parsePayload(text: string): object | undefined {
  try {
    const value: unknown = /\d{16}/.test(text) ? JSON.parse(text, keepDigits) : JSON.parse(text);
    return typeof value === 'object' && value !== null ? value : undefined;
  } catch {
    return undefined;
  }
}

/** @param context What the browser knows of the number's text; an older one knows nothing. */
function keepDigits(_: string, value: unknown, context?: { readonly source?: string }): unknown {
  const source = context?.source;
  const isLost = typeof value === 'number' && Number.isInteger(value) && !Number.isSafeInteger(value);
  return isLost && source !== undefined ? BigInt(source) : value;
}

export function searchPayload(
  payload: unknown,
  text: string,
): { readonly found: readonly Hit[]; readonly more: boolean } {
  const wanted = text.trim().toLowerCase();
  const found: Hit[] = [];
  if (wanted === '' || payload === undefined) return { found, more: false };
  const waiting: { readonly path: readonly string[]; readonly value: unknown }[] = [
    { path: [], value: payload },
  ];
  for (let next = waiting.pop(); next !== undefined; next = waiting.pop()) {
    const { path, value } = next;
    const isBranch = typeof value === 'object' && value !== null;
    const name = path.at(-1)?.toLowerCase() ?? '';
    if (name.includes(wanted) || (!isBranch && toText(value).toLowerCase().includes(wanted))) {
      if (found.length === MOST_HITS) return { found, more: true };
      found.push({ path, value: isBranch ? '' : show(value) });
    }
    if (!isBranch) continue;
    const fields: readonly (readonly [string, unknown])[] = Object.entries(value);
    for (const [field, each] of fields.toReversed()) waiting.push({ path: [...path, field], value: each });
  }
  return { found, more: false };
}

function toText(value: unknown): string {
  if (typeof value === 'string') return value;
  return typeof value === 'bigint' ? value.toString() : (JSON.stringify(value) ?? '');
}

function show(value: unknown): string {
  const text = typeof value === 'string' ? JSON.stringify(value) : toText(value);
  return text.length > MAX_VALUE ? `${text.slice(0, MAX_VALUE)}…` : text;
}
