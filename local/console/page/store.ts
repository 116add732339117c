/** What the page knows: the deliveries, what is looked for, and which one is open. */
import { computed, effect, signal } from '@preact/signals';
import type { Summary } from '../messages.ts';
import { read } from './ask.ts';
import { type Filter, matches, NO_FILTER } from './filter.ts';

export type View = 'deliveries' | 'grants' | 'local';
export type Panel = 'timeline' | 'payload' | 'headers' | 'raw' | 'difference';
export type Dialog = 'edit' | 'fixture' | 'help';

/** The newest first. */
export const deliveries = signal<readonly Summary[]>([]);
/** Whether the page hears from the server. */
export const connected = signal(false);
export const view = signal<View>('deliveries');
export const panel = signal<Panel>('timeline');
export const openKey = signal<number | undefined>(undefined);
export const dialog = signal<Dialog | undefined>(undefined);
export const filter = signal<Filter>(NO_FILTER);
/** Keys of the deliveries whose payload holds the text that is looked for. */
const found = signal<ReadonlySet<number>>(new Set());
/** What was just done, for a moment. */
export const notice = signal<{ readonly text: string; readonly isProblem: boolean } | undefined>(undefined);
/** Deliveries that came while nobody looked. */
export const unread = signal(0);

export const shown = computed(() => {
  const { value } = filter;
  return deliveries.value.filter((each) => matches(each, value, found.value));
});

export const open = computed(() => deliveries.value.find(({ key }) => key === openKey.value));

/** Names in what there is, for the choices of the filter. */
export const choices = computed(() => {
  const events = new Set<string>();
  const outcomes = new Set<string>();
  const handlers = new Set<string>();
  for (const each of deliveries.value) {
    events.add(each.title);
    outcomes.add(each.outcome);
    for (const { name } of each.handlers) handlers.add(name);
  }
  const sort = (names: ReadonlySet<string>): readonly string[] => [...names].toSorted();
  return { events: sort(events), outcomes: sort(outcomes), handlers: sort(handlers) };
});

/** Shows what the address names and looks for what is typed, from now on. */
export function followUser(): void {
  readAddress();
  addEventListener('hashchange', readAddress);
  effect(() => {
    const wanted = openKey.value === undefined ? `#/${view.value}` : `#/deliveries/${openKey.value}`;
    if (location.hash !== wanted) history.replaceState(null, '', wanted);
  });
  effect(() => {
    void searchPayloads(filter.value.text);
  });
}

/** Takes in what came or changed. */
export function take(changed: readonly Summary[]): void {
  const byKey = new Map(changed.map((each) => [each.key, each]));
  const newest = deliveries.value[0]?.key ?? 0;
  const kept = deliveries.value.map((each) => byKey.get(each.key) ?? each);
  const added = [...byKey.values()].filter(({ key }) => key > newest).toSorted((a, b) => b.key - a.key);
  if (document.hidden) unread.value += added.length;
  deliveries.value = [...added, ...kept];
}

let lastSearch = 0;

async function searchPayloads(text: string): Promise<void> {
  lastSearch += 1;
  const own = lastSearch;
  if (text.trim().length < 2) {
    found.value = new Set();
    return;
  }
  await new Promise((resolve) => setTimeout(resolve, 150));
  if (own !== lastSearch) return;
  const keys = await read<readonly number[]>(`/api/search?text=${encodeURIComponent(text.trim())}`);
  if (own === lastSearch) found.value = new Set(keys);
}

function readAddress(): void {
  const [, name, key] = /^#\/(\w+)(?:\/(\d+))?$/.exec(location.hash) ?? [];
  if (name === 'grants' || name === 'local' || name === 'deliveries') view.value = name;
  openKey.value = key === undefined ? undefined : Number(key);
}

let noticeTimer = 0;

export function tell(text: string, isProblem = false): void {
  notice.value = { text, isProblem };
  clearTimeout(noticeTimer);
  noticeTimer = setTimeout(
    () => {
      notice.value = undefined;
    },
    isProblem ? 8_000 : 4_000,
  );
}
