/** What the buttons and the keys do. */
import type { Summary } from '../messages.ts';
import { change } from './ask.ts';
import { deliveries, dialog, filter, open, openKey, panel, shown, tell, view } from './store.ts';

/** @param handler The only one that is to run. */
export async function replay({ key, title }: Summary, handler?: string): Promise<void> {
  await attempt(async () => {
    const { id } = await change<{ id: string }>(`/api/deliveries/${key}/replay`, { handler });
    openById(id);
    return handler === undefined ? `${title} was sent again` : `${title} was sent again, to ${handler} alone`;
  });
}

export async function sendEdited(key: number, payload: string, event: string): Promise<boolean> {
  return attempt(async () => {
    const { id } = await change<{ id: string }>(`/api/deliveries/${key}/send`, { payload, event });
    openById(id);
    return 'Sent, signed anew';
  });
}

export async function saveFixture(key: number, name: string): Promise<boolean> {
  return attempt(async () => {
    const { file } = await change<{ file: string }>(`/api/deliveries/${key}/fixture`, { name });
    return `Saved as ${file.replace(/^.*(functions[\\/]fixtures)/, '$1')}`;
  });
}

/** @returns Whether it went well; what went wrong is told. */
export async function attempt(work: () => Promise<string>): Promise<boolean> {
  try {
    tell(await work());
    return true;
  } catch (error) {
    tell(error instanceof Error ? error.message : 'It failed.', true);
    return false;
  }
}

/** What was sent is opened as soon as the page has heard of it. */
function openById(id: string, tries = 20): void {
  const sent = deliveries.value.find((each) => each.id === id);
  if (sent !== undefined) {
    openKey.value = sent.key;
    panel.value = 'timeline';
  } else if (tries > 0) {
    setTimeout(() => openById(id, tries - 1), 50);
  }
}

/** Opens the next one of the list, downwards for 1 and upwards for -1. */
export function move(step: 1 | -1): void {
  const list = shown.value;
  const at = list.findIndex(({ key }) => key === openKey.value);
  const next = list[at === -1 ? 0 : at + step];
  if (next !== undefined) openKey.value = next.key;
}

export function show(next: typeof dialog.value): void {
  if (next === 'help' || open.value !== undefined) dialog.value = next;
}

export function focusSearch(): void {
  view.value = 'deliveries';
  queueMicrotask(() => document.querySelector<HTMLInputElement>('#search')?.focus());
}

export function clearFilter(): void {
  filter.value = { text: '', event: '', outcome: '', handler: '' };
}

export function close(): void {
  if (dialog.value !== undefined) dialog.value = undefined;
  else openKey.value = undefined;
}
