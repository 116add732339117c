/** The keys of the page. Whoever types into a field types text. */
import { close, focusSearch, move, replay, show } from './actions.ts';
import { dialog, filter, open, view } from './store.ts';

export const KEYS = [
  ['j', 'the next delivery'],
  ['k', 'the one before'],
  ['/', 'search the deliveries'],
  ['r', 'replay the open one to all handlers'],
  ['e', 'edit its payload and send it'],
  ['f', 'save it as a fixture'],
  ['Esc', 'close what is open'],
  ['?', 'these keys'],
] as const;

export function listenToKeys(): void {
  addEventListener('keydown', (event) => {
    if (event.ctrlKey || event.metaKey || event.altKey) return;
    if (event.key === 'Escape') {
      // A dialog closes itself.
      if (dialog.value === undefined) leave(event.target);
      return;
    }
    if (isField(event.target) || dialog.value !== undefined) return;
    const act = toAction(event.key);
    if (act === undefined) return;
    event.preventDefault();
    act();
  });
}

/** Out of a field first: the search is empty then. */
function leave(target: EventTarget | null): void {
  if (!isField(target)) return close();
  if (target.id === 'search') filter.value = { ...filter.value, text: '' };
  target.blur();
}

function toAction(key: string): (() => void) | undefined {
  const delivery = view.value === 'deliveries' ? open.value : undefined;
  switch (key) {
    case 'j':
      return () => move(1);
    case 'k':
      return () => move(-1);
    case '/':
      return focusSearch;
    case 'r':
      return delivery && (() => void replay(delivery));
    case 'e':
      return () => show('edit');
    case 'f':
      return () => show('fixture');
    case '?':
      return () => show('help');
    default:
      return undefined;
  }
}

function isField(target: EventTarget | null): target is HTMLElement {
  return target instanceof HTMLElement && /^(?:INPUT|TEXTAREA|SELECT)$/.test(target.tagName);
}
