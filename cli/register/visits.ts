/**
 * The page on this machine that a browser posts the manifest from, and the address that GitHub sends it back to. Any
 * page in that browser can call both, so a code counts only with the `state` that this run made, and only once.
 */
import { timingSafeEqual } from 'node:crypto';
import { type HttpReply, type HttpRequest, type HttpServer, listen } from '../../local/http/server.ts';
import { CommandError } from '../command-error.ts';
import { showManifest, showMessage } from './pages.ts';
import type { Manifest } from './manifest.ts';

/** GitHub's answer to whoever pressed the button, as the browser brought it. */
export interface Callback {
  readonly code: string;
  /** What the browser shows; it waits for that. */
  answer(text: string, link?: { readonly url: string; readonly text: string }): void;
}

export interface VisitOptions {
  /** 0 for any free one. */
  readonly port: number;
  /** Random, and known to nobody but this run and GitHub. */
  readonly state: string;
  /** GitHub's page for new Apps, without its query. */
  readonly newAppUrl: string;
  readonly toManifest: (redirectUrl: string) => Manifest;
  /** A call that was refused, in words. */
  readonly onRefused: (why: string) => void;
}

export interface Visits {
  /** The page to open. */
  readonly url: string;
  /** The first callback with the right state. */
  readonly callback: Promise<Callback>;
  close(): Promise<void>;
}

/** @throws CommandError Where the port is taken. */
export async function awaitVisits(options: VisitOptions): Promise<Visits> {
  const { port, onRefused } = options;
  let arrived: (callback: Callback) => void = () => {};
  const callback = new Promise<Callback>((resolve) => {
    arrived = resolve;
  });
  let isUsed = false;
  let origin = '';

  const server: HttpServer = await listen(async (request) => {
    // Another name for this address is a page elsewhere that has its name lead here.
    if (request.headers.host !== new URL(origin).host) return refuse(421, 'This page has another address.');
    if (request.method !== 'GET') return refuse(405, 'This page is only read.');
    if (request.path === '/') return show(200, showManifest(describe(options, origin)));
    if (request.path !== '/callback') return refuse(404, 'There is no such page.');
    return takeCallback(request);
  }, port).catch((error: unknown) => explainPort(port, error));
  origin = server.url;

  async function takeCallback({ query }: HttpRequest): Promise<HttpReply> {
    if (!isSame(query.get('state') ?? '', options.state)) {
      onRefused('A page came back that this command did not send out: its state is another one.');
      return refuse(403, 'This answer does not belong to the command that runs here. Nothing was done.');
    }
    if (isUsed) {
      onRefused('The page came back a second time; the first counts.');
      return refuse(409, 'This answer was taken already. Nothing more was done.');
    }
    const code = query.get('code') ?? '';
    if (!/^[\w-]{1,200}$/.test(code)) {
      onRefused('The page came back without a code: was "Create GitHub App" pressed?');
      return refuse(400, 'GitHub sent no code along. Go back to the first page and try again.');
    }
    isUsed = true;
    return new Promise((resolve) => {
      arrived({ code, answer: (text, link) => resolve(show(200, showMessage(text, link))) });
    });
  }

  return { url: `${origin}/`, callback, close: () => server.end() };
}

function describe({ newAppUrl, state, toManifest }: VisitOptions, origin: string) {
  return {
    action: `${newAppUrl}?state=${encodeURIComponent(state)}`,
    manifest: toManifest(`${origin}/callback`),
  };
}

/** In the same time, however much of it is right. */
function isSame(one: string, other: string): boolean {
  const [a, b] = [Buffer.from(one), Buffer.from(other)];
  return a.length === b.length && timingSafeEqual(a, b);
}

function refuse(status: number, text: string): HttpReply {
  return show(status, showMessage(text));
}

function show(status: number, body: string): HttpReply {
  return {
    status,
    headers: {
      'content-type': 'text/html; charset=utf-8',
      'cache-control': 'no-store',
      connection: 'close',
      'referrer-policy': 'no-referrer', // the address holds the code
      'x-content-type-options': 'nosniff',
      'content-security-policy':
        "default-src 'none'; style-src 'unsafe-inline'; base-uri 'none'; frame-ancestors 'none'",
    },
    body,
  };
}

function explainPort(port: number, error: unknown): never {
  if (error instanceof Error && 'code' in error && error.code === 'EADDRINUSE') {
    throw new CommandError(
      `Port ${port} is taken: does another hookmint register run? Without --port any free one is used.`,
    );
  }
  throw error;
}
