/** The console's page while its server goes away and another one comes, in a real browser. */
import { EventEmitter, once } from 'node:events';
import { createServer } from 'node:http';
import type { Browser, Page } from 'playwright-core';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import type { Detail, Summary } from '../../local/console/messages.ts';
import { type ConsoleApi, startConsole } from '../../local/console/server.ts';
import { findBrowser, launchBrowser, PAGE_LIMIT_MS } from '../harness/browser.ts';

const browserPath = findBrowser();

const summarize = (key: number, title: string): Summary => ({
  key,
  id: `id-${title}`,
  title,
  event: title,
  subject: '',
  sender: '',
  outcome: 'handled',
  status: 200,
  at: '2026-11-28T12:00:00.000Z',
  durationMs: 1,
  bytes: 2,
  handlers: [],
});

const detail = (summary: Summary): Detail => ({
  summary,
  method: 'POST',
  path: '/',
  headers: [],
  signature: { verdict: 'valid', header: null, bytes: 2 },
  contentType: 'application/json',
  knownHandlers: [],
  passes: [],
});

/** What a server has of deliveries, and what it was asked to change. */
function createKept(...titles: readonly string[]) {
  const deliveries = titles.map((title, index) => summarize(index + 1, title));
  const changes: string[] = [];
  const listeners = new Set<(event: string, data: string) => void>();
  const api: ConsoleApi = {
    async read(path) {
      if (path === '/api/deliveries') return { body: deliveries };
      const found = deliveries.find(({ key }) => path === `/api/deliveries/${key}`);
      return found && { body: detail(found) };
    },
    async change(path) {
      changes.push(path);
      return { body: { id: 'id-sent' } };
    },
    follow(listener) {
      listeners.add(listener);
      return () => listeners.delete(listener);
    },
  };
  return {
    api,
    changes,
    bring(title: string): void {
      const summary = summarize(deliveries.length + 1, title);
      deliveries.push(summary);
      for (const listener of listeners) listener('delivery', JSON.stringify(summary));
    },
  };
}

describe.skipIf(browserPath === undefined)('the console, whose server is started anew,', () => {
  let browser: Browser;
  let page: Page;
  const problems: string[] = [];
  beforeAll(async () => {
    browser = await launchBrowser(browserPath ?? '');
    page = await browser.newPage();
    page.setDefaultTimeout(PAGE_LIMIT_MS);
    page.on('pageerror', (error) => problems.push(error.message));
  });
  afterAll(() => browser?.close());

  const titles = async (): Promise<readonly string[]> => {
    const rows = page.getByRole('list', { name: 'Deliveries' }).getByRole('listitem');
    const texts = await rows.allInnerTexts();
    return texts.map((text) => /ping|push|issues|fork/.exec(text)?.[0] ?? text);
  };

  it('shows what the new one has and gets, asks it for changes, and keeps what is being typed', async () => {
    const first = await startConsole(createKept('ping').api, 0);
    const port = Number(new URL(first.url).port);
    await page.goto(first.url);
    await page.getByText('live', { exact: true }).waitFor();
    expect(await titles()).toEqual(['ping']);
    await page.getByRole('searchbox', { name: 'Filter deliveries' }).fill('s');
    await first.close();
    await page.getByText('not connected').waitFor();

    // Something else has the port for a while; a stream that was refused the browser does not ask for again.
    const other = createServer((_, response) => response.writeHead(503).end()).listen(port, '127.0.0.1');
    await once(other, 'request');
    other.close();
    other.closeAllConnections();
    await once(other, 'close');

    const kept = createKept('push', 'issues');
    const second = await startConsole(kept.api, port);
    expect(second.url).toBe(first.url);
    await page.getByText('live', { exact: true }).waitFor();
    await expect.poll(titles).toEqual(['issues', 'push']);
    const search = page.getByRole('searchbox', { name: 'Filter deliveries' });
    expect(await search.inputValue()).toBe('s');
    await search.fill('');
    kept.bring('fork');
    await expect.poll(titles).toEqual(['fork', 'issues', 'push']);
    await search.press('Escape');
    await page.keyboard.press('j');
    await page.getByRole('button', { name: 'Replay', exact: true }).click();
    await page.getByText('fork was sent again').waitFor();
    expect(kept.changes).toEqual(['/api/deliveries/3/replay']);
    expect(problems).toEqual([]);
    await second.close();
  });

  it.each(['/', '/api/deliveries'])(
    'asks once more where %s fails while the stream stays open',
    async (path) => {
      const first = await startConsole(createKept('ping').api, 0);
      await page.goto(first.url);
      await page.getByText('live', { exact: true }).waitFor();
      await first.close();
      await page.getByText('not connected').waitFor();
      let isFailed = false;
      await page.route(
        first.url + path,
        (route) => {
          isFailed = true;
          return route.fulfill({ status: 500 });
        },
        { times: 1 },
      );
      const kept = createKept('push');
      const second = await startConsole(kept.api, Number(new URL(first.url).port));
      await page.getByText('live', { exact: true }).waitFor();
      expect({ isFailed, titles: await titles() }).toEqual({ isFailed: true, titles: ['push'] });
      kept.bring('fork');
      await expect.poll(titles).toEqual(['fork', 'push']);
      await second.close();
    },
  );

  it('shows the newest list that it asked for, whichever comes last', async () => {
    const first = await startConsole(createKept('ping').api, 0);
    const steps = new EventEmitter();
    const [answered, shown] = [once(steps, 'answered'), once(steps, 'shown')];
    await page.route(
      `${first.url}/api/deliveries`,
      async (route) => {
        const response = await route.fetch();
        const released = once(steps, 'release');
        steps.emit('answered');
        await released;
        await route.fulfill({ response });
        steps.emit('shown');
      },
      { times: 1 },
    );
    await page.goto(first.url);
    await answered;
    await first.close();
    const second = await startConsole(createKept('push', 'issues').api, Number(new URL(first.url).port));
    await page.getByText('live', { exact: true }).waitFor();
    steps.emit('release');
    await shown;
    await page.evaluate(() => new Promise((resolve) => setTimeout(resolve, 50)));
    expect(await titles()).toEqual(['issues', 'push']);
    await second.close();
  });
});
