/** Takes the pictures of docs/console.md anew: `npm run pictures`, after the console changed. */
import { mkdir } from 'node:fs/promises';
import { join } from 'node:path';
import { findBrowser, launchBrowser } from '../harness/browser.ts';
import { PROJECT } from '../harness/build.ts';
import { startScene } from './scene.ts';

const FOLDER = join(PROJECT, 'docs', 'pictures');
const PICTURES = [
  { name: 'console', scheme: 'light', width: 1280, height: 800 },
  { name: 'console-dark', scheme: 'dark', width: 1280, height: 800 },
  { name: 'console-narrow', scheme: 'light', width: 390, height: 800 },
] as const;

const executable = findBrowser();
if (executable === undefined) process.exit(2);
const [scene, browser] = await Promise.all([startScene(), launchBrowser(executable)]);
await mkdir(FOLDER, { recursive: true });
for (const { name, scheme, width, height } of PICTURES) {
  const page = await browser.newPage({ viewport: { width, height }, colorScheme: scheme });
  await page.goto(scene.consoleUrl);
  const list = page.getByRole('list', { name: 'Deliveries' });
  await list
    .getByRole('listitem')
    .filter({ hasText: /pull_request\.opened.*widgets#12/ })
    .getByRole('link')
    .click();
  await page.getByRole('article').first().waitFor();
  await page.screenshot({ path: join(FOLDER, `${name}.png`) });
  if (name === 'console') {
    await page.getByRole('tab', { name: 'Payload' }).click();
    await page.getByRole('searchbox', { name: 'Search the payload' }).fill('widgets');
    await page.locator('.hits li').first().waitFor();
    await page.screenshot({ path: join(FOLDER, 'console-payload.png') });
    await page.getByRole('link', { name: 'Grants' }).click();
    await page.getByRole('table').waitFor();
    await page.screenshot({
      path: join(FOLDER, 'console-grants.png'),
      clip: { x: 0, y: 0, width, height: 420 },
    });
    await page.getByRole('link', { name: 'Ledger & queue' }).click();
    await page.getByRole('table').waitFor();
    await page.screenshot({
      path: join(FOLDER, 'console-ledger.png'),
      clip: { x: 0, y: 0, width, height: 560 },
    });
  }
  await page.close();
}
await browser.close();
await scene.close();
process.exit(0);
