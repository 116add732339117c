/** Hears of deliveries from the server, and again from the next one after it was started anew. */
import type { Summary } from '../messages.ts';
import { read, readNewToken, useToken } from './ask.ts';
import { connected, deliveries, take } from './store.ts';

/** A stream that was refused is not opened again by the browser, and a server that fails is not asked at once. */
const PAUSE_MS = 1_000;

/** What came since the page was last drawn. */
let waiting: Summary[] = [];
/** Lists that were asked for. Only the newest one counts: an older one may come after it. */
let lastLoad = 0;
/** The list is on its way: what comes meanwhile is newer than it, and waits for it. */
let isLoading = false;

export function followServer(isFirst = true): void {
  const source = new EventSource('/api/events');
  let isNew = isFirst;
  let isOver = false;
  const startAgain = (): void => {
    if (isOver) return;
    isOver = true;
    source.close();
    setTimeout(() => followServer(false), PAUSE_MS);
  };
  source.addEventListener('open', () => {
    void load(isNew).catch(() => {
      connected.value = false;
      startAgain();
    });
    isNew = false;
  });
  source.addEventListener('error', () => {
    connected.value = false;
    if (source.readyState === EventSource.CLOSED) startAgain();
  });
  source.addEventListener('delivery', ({ data }: MessageEvent<string>) => {
    const summary: Summary = JSON.parse(data);
    if (waiting.length === 0) schedule(draw);
    waiting.push(summary);
  });
}

/**
 * The list that a stream which was just opened goes on from, and the token for changes.
 *
 * @param hasToken Whether the page came from this server.
 * @throws Error Where the server does not answer, unless a newer list was asked for meanwhile.
 */
async function load(hasToken: boolean): Promise<void> {
  lastLoad += 1;
  const own = lastLoad;
  isLoading = true;
  waiting = []; // of the stream before: the list has them
  try {
    const token = hasToken ? undefined : await readNewToken();
    const all = await read<readonly Summary[]>('/api/deliveries');
    if (own !== lastLoad) return;
    if (token !== undefined) useToken(token);
    deliveries.value = all.toReversed();
    connected.value = true;
    isLoading = false;
    draw();
  } catch (error) {
    if (own === lastLoad) throw error;
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
