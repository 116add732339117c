/** The console in a real browser, on the real server: one of each for all of these tests. */
import { randomUUID } from 'node:crypto';
import { join } from 'node:path';
import type { LambdaFunctionURLEvent } from 'aws-lambda';
import axe from 'axe-core';
import type { Browser, Locator, Page } from 'playwright-core';
import { afterAll, beforeAll, beforeEach, describe, expect, it } from 'vitest';
import { readFixture, toSignedRequest } from '../../local/fixtures/fixtures.ts';
import { readWebhookSecret } from '../../local/server/webhook-secret.ts';
import { findBrowser, launchBrowser, PAGE_LIMIT_MS } from '../harness/browser.ts';
import { type Scene, startScene } from './scene.ts';

const browserPath = findBrowser();

/** Below those that the system gives to whoever asks for any: neither it nor the next one is taken. */
const PORT = 20_000 + 2 * (process.pid % 5_000);

describe.skipIf(browserPath === undefined)('the console', () => {
  let scene: Scene;
  let browser: Browser;
  let page: Page;
  const problems: string[] = [];

  beforeAll(async () => {
    const env = { PORT: String(PORT) };
    [scene, browser] = await Promise.all([startScene({ env }), launchBrowser(browserPath ?? '')]);
    page = await browser.newPage({ viewport: { width: 1280, height: 800 } });
    page.setDefaultTimeout(PAGE_LIMIT_MS);
    page.on('pageerror', (error) => problems.push(error.message));
    page.on('console', (message) => {
      // Of a refused name of a fixture the browser tells by itself.
      if (message.type() === 'error' && !message.text().includes('status of 400'))
        problems.push(message.text());
    });
  });
  afterAll(async () => {
    await browser?.close();
    await scene?.close();
  });
  beforeEach(async () => {
    await page.goto('about:blank');
    await page.goto(scene.consoleUrl);
    await list().waitFor();
  });

  const list = (): Locator => page.getByRole('list', { name: 'Deliveries' });
  const row = (text: RegExp | string): Locator => list().getByRole('listitem').filter({ hasText: text });
  const button = (name: string): Locator => page.getByRole('button', { name, exact: true });
  const card = (handler: string): Locator => page.getByRole('article', { name: `Handler ${handler}` });
  const openRow = (text: RegExp | string): Promise<void> => row(text).first().getByRole('link').click();
  const title = (): Promise<string | null> => page.locator('.pane h2').textContent();
  const count = async (): Promise<number> => scene.journal.all().length;
  const untilCount = async (wanted: number): Promise<void> => {
    await expect.poll(count).toBe(wanted);
  };
  const post = async (name: string, payload?: object): Promise<Response> => {
    const fixture = await readFixture(join(scene.folder, 'functions/fixtures', `${name}.json`));
    const secret = (await readWebhookSecret(scene.folder)) ?? '';
    const request = toSignedRequest(
      { ...fixture, ...(payload !== undefined && { payload }) },
      { secret, id: randomUUID() },
    );
    return fetch(scene.url, { method: 'POST', ...request });
  };

  it('is announced once, on the port after the server', () => {
    expect(scene.output().match(/^console on .*$/gm)).toEqual([`console on ${scene.consoleUrl}`]);
    expect([scene.url, scene.consoleUrl].map((url) => Number(new URL(url).port))).toEqual([PORT, PORT + 1]);
  });

  it('lists every delivery, the newest on top, and those that come while it is open', async () => {
    await row(/ping/).waitFor();
    expect(await list().getByRole('listitem').first().getAttribute('aria-setsize')).toBe('14');
    await post('push');
    await expect.poll(() => list().getByRole('listitem').first().textContent()).toMatch(/push.*ignored/);
  });

  it('shows the way of a delivery: verified, routed, the grant, the token, each call with its bodies, the answer', async () => {
    await openRow(/issues\.opened.*widgets#14/);
    await page.getByRole('heading', { name: 'Verified' }).waitFor();
    const told = await page.locator('.way').innerText();
    expect(told).toMatch(
      /Received[^]*issues-opened-first-time[^]*Verified[^]*webhook secret[^]*Routed[^]*one handler claims it[^]*Answered[^]*200 handled/,
    );
    const handler = card('issues.opened');
    expect(await handler.innerText()).toMatch(
      /attempt 1[^]*issues=write on octo-org\/widgets[^]*issues=write on octo-org\/widgets[^]*minted/,
    );
    const call = handler.locator('summary').filter({ hasText: /POST.*issues\/14\/comments/ });
    await call.click();
    await expect
      .poll(() => handler.locator('.bodies').last().innerText())
      .toMatch(/Request[^]*body[^]*Answer/i);
  });

  it('says why a handler was silent', async () => {
    await openRow(/issues\.opened.*widgets#15/);
    await expect.poll(() => card('issues.opened').innerText()).toMatch(/its `when` said no/);
  });

  it('credits each of two handlers with its own calls', async () => {
    await openRow(/pull_request\.opened.*widgets#12/);
    await expect.poll(() => card('pull-request-title').innerText()).toContain('/check-runs');
    const size = await card('pull-request-size').innerText();
    expect(size).toContain('/labels');
    expect(size).not.toContain('/check-runs');
  });

  it('replays to all handlers, and to one alone', async () => {
    await openRow(/pull_request\.opened.*widgets#12/);
    const before = await count();
    await button('Replay').click();
    await untilCount(before + 1);
    await expect.poll(() => page.locator('.pane').innerText()).toContain('sent again, from delivery');
    await expect.poll(() => page.getByRole('article').count()).toBe(2);
    await page.locator('.menu summary').click();
    await button('Replay to pull-request-size').click();
    await untilCount(before + 2);
    await expect.poll(() => page.locator('.pane').innerText()).toContain('to pull-request-size alone');
    await expect.poll(() => page.getByRole('article').count()).toBe(1);
    const handlers = scene.journal.last()?.exchange?.answer['handlers'];
    expect(handlers).toContainEqual({ name: 'pull-request-title', outcome: 'duplicate' });
    expect(handlers).toContainEqual({ name: 'pull-request-size', outcome: 'handled' });
  });

  it('edits a payload and sends it, signed anew', async () => {
    await openRow(/issues\.opened.*widgets#15/);
    await button('Edit and send').click();
    const editor = page.getByRole('textbox', { name: 'Payload' });
    await expect.poll(() => editor.inputValue()).toContain('"action": "opened"');
    const text = await editor.inputValue();
    await editor.fill('{ "action": ');
    expect(await button('Send').isDisabled()).toBe(true);
    await editor.fill(text.replaceAll('octo-org/widgets', 'octo-org/gadgets'));
    const before = await count();
    await button('Send').click();
    await untilCount(before + 1);
    await row(/octo-org\/gadgets#15.*edited/)
      .first()
      .waitFor();
    await expect.poll(() => page.locator('.way').innerText()).toMatch(/edited and sent again[^]*Verified/);
  });

  it('saves a delivery as a fixture that can be sent, and refuses a name that is taken', async () => {
    await openRow(/issues\.opened.*widgets#14/);
    await button('Save as fixture').click();
    const name = page.getByRole('textbox', { name: 'Name' });
    await name.fill('saved-from-the-console');
    await button('Save').click();
    await page.getByText('Saved as functions/fixtures/saved-from-the-console.json').waitFor();
    const saved = await readFixture(join(scene.folder, 'functions/fixtures/saved-from-the-console.json'));
    expect(saved).toMatchObject({ event: 'issues.opened', payload: { issue: { number: 14 } } });
    expect(JSON.stringify(saved.headers)).not.toMatch(/signature/i);
    await button('Save as fixture').click();
    await name.fill('saved-from-the-console');
    await button('Save').click();
    await page.getByText('is there already').waitFor();
  });

  it('filters by event, outcome, handler, and the text of the payload', async () => {
    const search = page.getByRole('searchbox', { name: 'Filter deliveries' });
    await page.getByRole('combobox', { name: 'Event' }).selectOption('ping');
    await expect.poll(() => list().getByRole('listitem').count()).toBe(1);
    await page.getByRole('combobox', { name: 'Event' }).selectOption('');
    await page.getByRole('combobox', { name: 'Handler' }).selectOption('installation-audit');
    await expect.poll(async () => (await list().innerText()).match(/installation\./g)?.length).toBe(4);
    await button('Clear').click();
    await search.fill('"zen":');
    await expect.poll(() => list().getByRole('listitem').count()).toBe(1);
    expect(await list().innerText()).toContain('ping');
    await search.fill('no payload has this');
    await page.getByText('None of ').waitFor();
  });

  it('shows payload, headers, raw bytes with the signature, and the difference to the last of its event', async () => {
    await openRow(/issues\.opened.*widgets#14/);
    await page.getByRole('tab', { name: 'Payload' }).click();
    await page.getByRole('searchbox', { name: 'Search the payload' }).fill('monalisa');
    await page.getByRole('button', { name: 'issue.user.login "monalisa"' }).click();
    await page.locator('.tree .target').getByText('"monalisa"').waitFor();
    await page.getByRole('tab', { name: 'Headers' }).click();
    await page.getByRole('rowheader', { name: 'x-github-event', exact: true }).waitFor();
    await page.getByRole('tab', { name: 'Raw' }).click();
    await page.getByText('The signature is right').waitFor();
    await expect.poll(() => page.locator('.raw').innerText()).toMatch(/^\{"action":"opened"/);
    await page.getByRole('tab', { name: 'Difference' }).click();
    await expect.poll(() => page.locator('.changes').innerText()).toMatch(/issue\.number/);
  });

  it('is worked by keys alone', async () => {
    await page.keyboard.press('j');
    const first = await title();
    await page.keyboard.press('j');
    await page.keyboard.press('k');
    expect(await title()).toBe(first);
    await page.keyboard.press('/');
    expect(await page.evaluate('document.activeElement?.getAttribute("aria-label")')).toBe(
      'Filter deliveries',
    );
    await page.keyboard.type('jk?');
    expect(await page.getByRole('searchbox', { name: 'Filter deliveries' }).inputValue()).toBe('jk?');
    await page.keyboard.press('Escape');
    expect(await page.getByRole('searchbox', { name: 'Filter deliveries' }).inputValue()).toBe('');
    await page.keyboard.press('j');
    for (const [key, name] of [
      ['e', 'Edit and send'],
      ['f', 'Save as fixture'],
      ['?', 'Keys'],
    ] as const) {
      await page.keyboard.press(key);
      await page.getByRole('dialog', { name }).waitFor();
      await page.keyboard.press('Escape');
      await page.getByRole('dialog').waitFor({ state: 'detached' });
    }
    const before = await count();
    await page.keyboard.press('r');
    await untilCount(before + 1);
  });

  it('counts in the title and the icon what came while nobody looked', async () => {
    const setHidden = (hidden: boolean) =>
      page.evaluate(`
        Object.defineProperty(document, 'hidden', { configurable: true, get: () => ${hidden} });
        document.dispatchEvent(new Event('visibilitychange'));
      `);
    await setHidden(true);
    await post('ping');
    await post('push');
    await expect.poll(() => page.title()).toBe('(2) hookmint console');
    const icon = page.locator('link[rel="icon"]');
    expect(decodeURIComponent((await icon.getAttribute('href')) ?? '')).toContain('>2</text>');
    await setHidden(false);
    await expect.poll(() => page.title()).toBe('hookmint console');
  });

  it('shows what each handler declares, uses, and has too much of', async () => {
    await page.getByRole('link', { name: 'Grants' }).click();
    const grant = page.getByRole('row').filter({ hasText: 'pull-request-title' });
    await expect.poll(() => grant.innerText()).toMatch(/checks: write\s+checks: write\s+none/);
  });

  it('shows the ledger, lets go of a record, and sweeps', async () => {
    await page.getByRole('link', { name: 'Ledger & queue' }).click();
    const records = page.getByRole('row').filter({ hasText: '23a1fd33-35bb-11f1-8839-c6667a27df1d' });
    await expect.poll(() => records.innerText()).toMatch(/issues\.opened\s+done\s+1/);
    await records.getByRole('button', { name: /^Forget issues\.opened/ }).click();
    await expect.poll(() => records.count()).toBe(0);
    await button('Sweep now').click();
    await expect.poll(() => page.locator('.tile').last().innerText()).toMatch(/scanned \d+/);
  });

  it('shows no secret, key or token anywhere', async () => {
    const secret = (await readWebhookSecret(scene.folder)) ?? '';
    const isMint = ({ path }: { readonly path: string }): boolean => path.endsWith('/access_tokens');
    const last = scene.journal.all().findLast(({ exchange }) => exchange?.calls.some(isMint));
    const paths = ['/api/deliveries', '/api/grants', '/api/local', `/api/deliveries/${last?.key}`];
    const texts = await Promise.all(paths.map(async (path) => (await fetch(scene.consoleUrl + path)).text()));
    const all = texts.join('\n');
    expect(all.includes('access_tokens')).toBe(true);
    expect(all.includes(secret)).toBe(false);
    expect(/BEGIN|ghs_|eyJ/.exec(all)).toBeNull();
  });

  it('opens a payload of 5 MB', async () => {
    const rows = Array.from({ length: 40_000 }, (_, id) => ({ id, text: `${'x'.repeat(100)} ${id}` }));
    expect((await post('push', { ref: 'refs/heads/large', rows })).status).toBe(202);
    await page.goto(`${scene.consoleUrl}/#/deliveries/${scene.journal.last()?.key}`);
    await page.getByRole('tab', { name: 'Payload' }).click();
    await page.getByRole('button', { name: /^rows ?\[40000\]$/ }).waitFor();
    await page.getByRole('searchbox', { name: 'Search the payload' }).fill('x 39999');
    await page.getByRole('button', { name: /^rows\.39999\.text/ }).click();
    await page.locator('.tree .target').waitFor();
  });

  it('scrolls through ten thousand deliveries, and draws only those in sight', async () => {
    const request = scene.journal.last()?.request;
    if (request === undefined) throw new Error('nothing came');
    const small = { ...request, body: '{"action":"opened"}' };
    for (let number = 0; number < 10_000; number += 1) {
      const event: LambdaFunctionURLEvent = {
        ...small,
        headers: { ...small.headers, 'x-github-delivery': `n${number}` },
      };
      scene.journal.receive(event, new Date());
      const answer = { outcome: 'ignored' };
      scene.journal.answer(
        {
          request: event,
          status: 202,
          answer,
          lines: [],
          calls: [],
          durationMs: 1,
          overlapped: false,
        },
        new Date(),
      );
    }
    await page.reload();
    await expect.poll(() => list().getByRole('listitem').first().getAttribute('aria-setsize')).toBe('10000');
    expect(await list().getByRole('listitem').count()).toBeLessThan(60);
    // Frame by frame to the end: how long the page itself works for each is what a stutter is made of. It is time of the
    // processor, which others on the machine take nothing from.
    const before = await cpuMsOfPages(browser);
    await page.evaluate(`(async () => {
      const pane = document.querySelector('.scroll');
      for (let step = 1; step <= 60; step += 1) {
        pane.scrollTop = (pane.scrollHeight * step) / 60;
        pane.dispatchEvent(new Event('scroll'));
        await new Promise((resolve) => requestAnimationFrame(resolve));
      }
    })()`);
    expect(((await cpuMsOfPages(browser)) - before) / 60).toBeLessThan(100);
    await expect.poll(() => list().getByRole('listitem').last().getAttribute('aria-posinset')).toBe('10000');
  });

  const SIZES = [
    { width: 360, height: 740, scheme: 'light' },
    { width: 2000, height: 1200, scheme: 'dark' },
  ] as const;

  it.each(SIZES)(
    'has no fault that axe finds, and no sideways scrolling, at $width px, $scheme',
    async (size) => {
      const { width, height, scheme } = size;
      await page.setViewportSize({ width, height });
      await page.emulateMedia({ colorScheme: scheme });
      const look = async (what: string): Promise<void> => {
        await page.evaluate(axe.source);
        const faults = await page.evaluate(`axe.run().then(({ violations }) =>
        violations.map(({ id, nodes }) => id + ': ' + nodes.map(({ html }) => html).join(' ')))`);
        expect({ what, faults }).toEqual({ what, faults: [] });
        expect(await page.evaluate('document.documentElement.scrollWidth')).toBeLessThanOrEqual(width);
      };
      await look('the list');
      await page.goto(`${scene.consoleUrl}/#/grants`);
      await page.getByRole('table').waitFor();
      await look('the grants');
      await page.goto(`${scene.consoleUrl}/#/local`);
      await page.getByRole('table').waitFor();
      await look('the ledger');
      // The oldest that is kept is one of those that were sent here, with all that a delivery has.
      await post('pull-request-opened');
      await page.goto(`${scene.consoleUrl}/#/deliveries/${scene.journal.last()?.key}`);
      await card('pull-request-title').waitFor();
      await look('a delivery');
      for (const tab of ['Payload', 'Headers', 'Raw', 'Difference']) {
        await page.getByRole('tab', { name: tab }).click();
        await look(tab);
      }
      await button('Edit and send').click();
      await page.getByRole('dialog').waitFor();
      await look('the editor');
      await page.keyboard.press('Escape');
    },
  );

  it('made no mistake meanwhile that the browser noticed', () => {
    expect(problems).toEqual([]);
  });
});

/** What the processes that draw pages have used of the processor so far. */
async function cpuMsOfPages(browser: Browser): Promise<number> {
  const session = await browser.newBrowserCDPSession();
  const { processInfo } = await session.send('SystemInfo.getProcessInfo');
  await session.detach();
  return processInfo.reduce(
    (sum, { type, cpuTime }) => (type === 'renderer' ? sum + cpuTime * 1_000 : sum),
    0,
  );
}
