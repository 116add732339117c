/** Hears of deliveries from the server, and again from the next one after it was started anew. */
import type { Summary } from '../messages.ts';
import { read, renewToken } from './ask.ts';
import { connected, deliveries, take } from './store.ts';

/** A stream that was refused is not opened again by the browser. */
const PAUSE_MS = 1_000;

/** What came since the page was last drawn. */
let waiting: Summary[] = [];
/** The list is on its way: what comes meanwhile is newer than it, and waits for it. */
let isLoading = false;

export function followServer(isFirst = true): void {
  const source = new EventSource('/api/events');
  let isNew = isFirst;
  source.addEventListener('open', () => {
    void load(isNew ? undefined : renewToken());
    isNew = false;
  });
  source.addEventListener('error', () => {
    connected.value = false;
    if (source.readyState === EventSource.CLOSED) setTimeout(() => followServer(false), PAUSE_MS);
  });
  source.addEventListener('delivery', ({ data }: MessageEvent<string>) => {
    const summary: Summary = JSON.parse(data);
    if (waiting.length === 0) schedule(draw);
    waiting.push(summary);
  });
}

async function load(before: Promise<void> | undefined): Promise<void> {
  isLoading = true;
  try {
    await before;
    const all = await read<readonly Summary[]>('/api/deliveries');
    deliveries.value = all.toReversed();
    connected.value = true;
  } catch {
    // The server went away once more: the stream ends as well, and is opened again.
  } finally {
    isLoading = false;
    draw();
  }
}

function draw(): void {
  if (isLoading) return;
  take(waiting);
  waiting = [];
}

/** Many may come in one go: the page is drawn once for all of them, also while it is not looked at. */
function schedule(work: () => void): void {
  if (document.hidden) setTimeout(work, 50);
  else requestAnimationFrame(work);
}
