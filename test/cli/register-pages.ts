/** The pages of `hookmint register` and of GitHub without a browser: their forms are read and sent. */
import { expect } from 'vitest';

/** The form of a page: where it is sent to, and its fields. */
export async function readForm(
  response: Response,
): Promise<{ action: string; fields: Record<string, string> }> {
  const html = (await response.text()).replaceAll(/&#(\d+);/g, (_, code: string) =>
    String.fromCharCode(Number(code)),
  );
  const action = /action="([^"]*)"/.exec(html)?.[1] ?? '';
  // The manifest is JSON, with quotes in it.
  const manifest = /name="manifest" value="(.*?)">\n/.exec(html)?.[1];
  const inputs = html.replace(manifest ?? '\n', '').matchAll(/name="(\w+)" value="([^"]*)"/g);
  const fields = Object.fromEntries([...inputs].map(([, name = '', value = '']) => [name, value]));
  return { action, fields: { ...fields, ...(manifest !== undefined && { manifest }) } };
}

/**
 * Presses "Go on at GitHub", then "Create GitHub App".
 *
 * @param webUrl Where GitHub's pages are.
 * @returns Where GitHub sends the browser.
 */
export async function createAtGitHub(page: string, webUrl: string, name?: string): Promise<string> {
  const first = await readForm(await fetch(page));
  const shown = await fetch(first.action, { method: 'POST', body: new URLSearchParams(first.fields) });
  expect(shown.status).toBe(200);
  const second = await readForm(shown);
  const body = new URLSearchParams({ ...second.fields, ...(name !== undefined && { name }) });
  const url = new URL(second.action, webUrl);
  const made = await fetch(url, { method: 'POST', body, redirect: 'manual' });
  return made.headers.get('location') ?? `no redirect: ${made.status}`;
}
