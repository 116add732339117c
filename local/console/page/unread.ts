/** How many deliveries came while nobody looked, in the title and the icon of the tab. */
import { effect } from '@preact/signals';
import { unread } from './store.ts';

export function showUnread(): void {
  document.addEventListener('visibilitychange', () => {
    if (!document.hidden) unread.value = 0;
  });
  effect(() => {
    const count = unread.value;
    document.title = count === 0 ? 'hookmint console' : `(${count}) hookmint console`;
    document.querySelector('link[rel="icon"]')?.setAttribute('href', draw(count));
  });
}

function draw(count: number): string {
  const badge =
    count === 0
      ? ''
      : `<circle cx="23" cy="9" r="9" fill="#d1242f"/><text x="23" y="13" text-anchor="middle" font-family="system-ui" font-size="11" font-weight="700" fill="#fff">${count > 9 ? '9+' : count}</text>`;
  const svg = `<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 32 32"><rect width="32" height="32" rx="8" fill="#0f7a5c"/><path d="M9 7v10a7 7 0 0 0 14 0v-3" fill="none" stroke="#fff" stroke-width="4" stroke-linecap="round"/>${badge}</svg>`;
  return `data:image/svg+xml,${encodeURIComponent(svg)}`;
}
