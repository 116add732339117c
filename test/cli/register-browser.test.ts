/** `hookmint register` in a real browser, from its own page over GitHub's and back. One browser for all of these tests. */
import { stat } from 'node:fs/promises';
import { join } from 'node:path';
import type { Browser, BrowserContext, Page } from 'playwright-core';
import { afterAll, afterEach, beforeAll, beforeEach, describe, expect, it } from 'vitest';
import { findBrowser, launchBrowser, PAGE_LIMIT_MS } from '../harness/browser.ts';
import { leakedFrom } from './leaked.ts';
import { pageOf, type RegisterScene, startRegisterScene, until } from './register-scene.ts';

const browserPath = findBrowser();

describe.skipIf(browserPath === undefined)('hookmint register, in a browser', () => {
  let browser: Browser;
  let context: BrowserContext;
  let page: Page;
  let scene: RegisterScene;
  let problems: string[];

  beforeAll(async () => {
    browser = await launchBrowser(browserPath ?? '');
  });
  afterAll(() => browser?.close());
  beforeEach(async () => {
    [scene, context] = await Promise.all([startRegisterScene(), browser.newContext()]);
    context.setDefaultTimeout(PAGE_LIMIT_MS);
    page = await context.newPage();
    problems = [];
    page.on('pageerror', (error) => problems.push(error.message));
  });
  afterEach(async () => {
    await context.close();
    await scene.close();
  });

  /** From our page to GitHub's, where the name can still be changed. */
  const goOn = async (on: Page = page): Promise<void> => {
    await on.getByRole('button', { name: 'Go on at GitHub' }).click();
    await on.getByRole('textbox', { name: 'GitHub App name' }).waitFor();
  };
  const create = (on: Page = page): Promise<void> =>
    on.getByRole('button', { name: /^Create GitHub App for / }).click();
  const textOf = (on: Page): Promise<string> => on.locator('body').innerText();

  it('refuses a callback that another page made up, and goes on', async () => {
    const command = scene.start(['--no-wait']);
    const url = await pageOf(command);
    const stolen = await context.newPage();
    await stolen.goto(`${url}callback?code=stolen&state=${'A'.repeat(43)}`);
    expect(await textOf(stolen)).toContain(
      'does not belong to the command that runs here. Nothing was done.',
    );
    expect(scene.github.calls.filter(({ path }) => path.startsWith('/app-manifests/'))).toEqual([]);
    await page.goto(url);
    await goOn();
    await create();
    await page.getByText('labels-for-widgets is registered').waitFor();
    expect((await command.ended).code).toBe(0);
  });

  it('lets no page of another origin read its state, or frame it', async () => {
    const command = scene.start();
    const url = await pageOf(command);
    await page.goto(`${scene.github.url}/settings/apps/new`); // any page of another origin
    expect(await page.evaluate(`fetch(${JSON.stringify(url)}).then(() => 'read', ({ name }) => name)`)).toBe(
      'TypeError',
    );
    await page.evaluate(`new Promise((resolve) => {
      const frame = document.createElement('iframe');
      frame.src = ${JSON.stringify(url)};
      frame.onload = resolve;
      document.body.append(frame);
    })`);
    const [, frame] = page.frames();
    expect(await frame?.getByRole('button').count()).toBe(0);
    command.interrupt();
    await command.ended;
  });

  it('takes a callback once, however often the browser brings it', async () => {
    const command = scene.start(['--no-wait']);
    const refused = Promise.withResolvers<void>();
    scene.github.faults.next({ path: /conversions$/ }, { heldUntil: refused.promise });
    await page.goto(await pageOf(command));
    await goOn();
    // Another profile: in its own, the browser would wait with the second request for the end of the first.
    const other = await browser.newContext();
    const again = await other.newPage();
    const came = context.waitForEvent('request', (request) => request.url().includes('/callback?'));
    const created = create();
    await again.goto((await came).url());
    expect(await textOf(again)).toContain('was taken already. Nothing more was done.');
    refused.resolve();
    await created;
    await other.close();
    await page.getByText('is registered').waitFor();
    expect((await command.ended).code).toBe(0);
    const exchanges = scene.github.calls.filter(({ path }) => path.startsWith('/app-manifests/'));
    expect(exchanges.map(({ status }) => status)).toEqual([201]);
  });

  it('leads by keyboard from the page to GitHub and back, and shows nobody the key or the secret', async () => {
    const command = scene.start(['--org', 'octo-org']);
    await page.goto(await pageOf(command));
    const shown = await textOf(page);
    expect(shown).toMatch(/issues: write[^]*issues, pull_request[^]*hookmint\.invalid/);
    await page.keyboard.press('Enter');
    await page.getByRole('textbox', { name: 'GitHub App name' }).fill('Widgets Labels');
    await page.keyboard.press('Enter');
    await page.getByText('Widgets Labels is registered. Next, install it').waitFor();
    expect(await page.getByRole('link', { name: 'Install Widgets Labels' }).getAttribute('href')).toMatch(
      /widgets-labels\/installations\/new$/,
    );
    const told = await textOf(page);
    await until(() => /Install it/.test(command.stderr()), command);
    scene.github.install({
      id: 77,
      account: { login: 'octo-org', type: 'Organization' },
      permissions: { issues: 'write' },
      repositories: 'all',
    });
    const { code, stdout, stderr } = await command.ended;
    expect([code, stdout]).toEqual([0, expect.stringContaining('octo-org has installed it.')]);
    const file = 'widgets-labels.private-key.pem';
    const held = [await scene.folder.read(file), scene.github.hook.config().secret ?? ''];
    expect(await scene.folder.read('.env')).toContain(held[1]);
    for (const name of ['.env', file]) {
      expect(((await stat(join(scene.folder.path, name))).mode & 0o777).toString(8)).toBe('600');
    }
    expect(leakedFrom(held, stdout + stderr + shown + told)).toEqual([]);
    expect(problems).toEqual([]);
    // The command has ended, and its page with it: what the browser still holds leads nowhere.
    await expect(page.reload()).rejects.toThrow('ERR_CONNECTION_REFUSED');
  });

  it('stands a page that is closed, on either side, and is opened again', async () => {
    const command = scene.start(['--no-wait']);
    const url = await pageOf(command);
    await page.goto(url);
    await page.close();
    const second = await context.newPage();
    await second.goto(url);
    await goOn(second);
    await second.close();
    const third = await context.newPage();
    await third.goto(url);
    await goOn(third);
    const closed = Promise.withResolvers<void>();
    scene.github.faults.next({ path: /conversions$/ }, { heldUntil: closed.promise });
    const created = create(third).catch(() => {});
    await until(() => scene.github.calls.find(({ path }) => path.endsWith('/conversions')), command);
    await third.close();
    closed.resolve();
    await created;
    expect((await command.ended).code).toBe(0);
    expect(await scene.folder.read('.env')).toContain('GITHUB_WEBHOOK_SECRET=');
  });

  it('leaves nothing after Ctrl-C while the page is at GitHub, and the way back leads nowhere', async () => {
    const command = scene.start();
    await page.goto(await pageOf(command));
    await goOn();
    command.interrupt();
    expect((await command.ended).code).toBe(2);
    await create().catch(() => {});
    await page.waitForURL(/chrome-error:/);
    expect(scene.github.calls.filter(({ path }) => path.startsWith('/app-manifests/'))).toEqual([]);
    await scene.expectNothingStored();
  });
});
