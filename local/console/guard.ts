/**
 * Who may ask the console's server what. It can sign deliveries, so no other page of the same browser may reach it:
 * not by a name that resolves to this machine (`Host`), not from another origin (`Origin`, `Sec-Fetch-Site`), and no
 * change is made without the token that only the console's own page was given. Pure.
 */
import { createHash, timingSafeEqual } from 'node:crypto';
import type { IncomingHttpHeaders } from 'node:http';

/** The header in which the page shows the token of its session. */
export const SESSION_HEADER = 'x-hookmint-session';

interface Asked {
  readonly method: string;
  readonly headers: IncomingHttpHeaders;
}

interface Session {
  readonly port: number;
  readonly token: string;
}

/** @returns Why it is refused; undefined where it is let through. */
export function refuse({ method, headers }: Asked, { port, token }: Session): string | undefined {
  const hosts = [`127.0.0.1:${port}`, `localhost:${port}`];
  const { host = '', origin } = headers;
  // A name of the attacker's that resolves to 127.0.0.1: the browser takes the page for its own.
  if (!hosts.includes(host)) return 'the console answers to 127.0.0.1 and localhost only';
  if (origin !== undefined && origin !== `http://${host}`) return 'another page asks';
  const site = headers['sec-fetch-site'];
  const isNavigation = method === 'GET' && headers['sec-fetch-mode'] === 'navigate';
  if (site !== undefined && site !== 'same-origin' && site !== 'none' && !isNavigation)
    return 'another page asks';
  if (method === 'GET' || method === 'HEAD') return undefined;
  // A form of another page could be sent without asking; JSON could not.
  if (headers['content-type'] !== 'application/json') return 'changes are asked for as JSON';
  return isSame(headers[SESSION_HEADER], token)
    ? undefined
    : 'the token of the session is missing: reload the page';
}

function isSame(given: string | readonly string[] | undefined, token: string): boolean {
  const digest = (text: string): Buffer => createHash('sha256').update(text).digest();
  return typeof given === 'string' && timingSafeEqual(digest(given), digest(token));
}

/** On every answer: the page may load nothing from elsewhere, and no page may frame or read this one. */
export const SAFE_HEADERS = {
  'content-security-policy': [
    "default-src 'none'",
    "script-src 'self'",
    "style-src 'self'",
    "connect-src 'self'",
    "img-src 'self' data:",
    "base-uri 'none'",
    "form-action 'none'",
    "frame-ancestors 'none'",
  ].join('; '),
  'cross-origin-opener-policy': 'same-origin',
  'cross-origin-resource-policy': 'same-origin',
  'referrer-policy': 'no-referrer',
  'x-content-type-options': 'nosniff',
  'cache-control': 'no-store',
} as const;
