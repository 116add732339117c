/** A real browser for tests of pages, where this machine has one. */
import { existsSync } from 'node:fs';
import { type Browser, chromium } from 'playwright-core';

/** Where Debian and others put it; `CHROMIUM` names another one. */
const BROWSERS = [
  process.env['CHROMIUM'] ?? '',
  '/usr/bin/chromium',
  '/usr/bin/chromium-browser',
  '/usr/bin/google-chrome',
  '/Applications/Google Chrome.app/Contents/MacOS/Google Chrome',
];

/** How long a page is waited for. It only ends what would never end: how fast a machine is decides nothing. */
export const PAGE_LIMIT_MS = 60_000;

/** @returns The path of a browser on this machine; undefined where there is none, which is told. */
export function findBrowser(): string | undefined {
  const found = BROWSERS.find((path) => path !== '' && existsSync(path));
  if (found === undefined) {
    console.warn(
      'SKIPPED: the tests of pages need Chromium, and there is none here. Get it with `apt-get install chromium`, or name one in CHROMIUM.',
    );
  }
  return found;
}

export function launchBrowser(executablePath: string): Promise<Browser> {
  // Root, as in a container, has no sandbox; the pages are our own.
  return chromium.launch({
    executablePath,
    args: ['--no-sandbox', '--disable-gpu', '--force-color-profile=srgb'],
  });
}
