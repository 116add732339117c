/** Which deliveries the list shows. Pure. */
import type { Summary } from '../messages.ts';

export interface Filter {
  readonly text: string;
  /** `issues.opened`; empty for every one. */
  readonly event: string;
  readonly outcome: string;
  readonly handler: string;
}

export const NO_FILTER: Filter = { text: '', event: '', outcome: '', handler: '' };

/** @param found Keys of the deliveries whose payload holds the text. */
export function matches(summary: Summary, filter: Filter, found: ReadonlySet<number>): boolean {
  const { text, event, outcome, handler } = filter;
  if (event !== '' && summary.title !== event) return false;
  if (outcome !== '' && summary.outcome !== outcome) return false;
  if (handler !== '' && !summary.handlers.some(({ name }) => name === handler)) return false;
  const wanted = text.trim().toLowerCase();
  return wanted === '' || found.has(summary.key) || toText(summary).includes(wanted);
}

const texts = new WeakMap<Summary, string>();

function toText(summary: Summary): string {
  const known = texts.get(summary);
  if (known !== undefined) return known;
  const { title, subject, sender, id, outcome, fixture = '', handlers } = summary;
  const names = handlers.map(({ name }) => name);
  const text = [title, subject, sender, id, outcome, fixture, ...names].join('\n').toLowerCase();
  texts.set(summary, text);
  return text;
}
