/** Where a request goes. */
import { isIP } from 'node:net';

/** Whom connections are opened to, and kept for. */
export interface Origin {
  /** `https://api.github.com:443`: equal for the same scheme, host and port. */
  readonly key: string;
  readonly secure: boolean;
  /** Without the brackets of an IPv6 address. */
  readonly hostname: string;
  readonly port: number;
  /** As the `Host` header has it. */
  readonly host: string;
  /** What the certificate must be made out to, as TLS is told it; empty for an address of numbers. */
  readonly servername: string;
}

export interface Place {
  readonly href: string;
  readonly origin: Origin;
  /** With the query. */
  readonly path: string;
}

/** An address that a URL leaves as it is: no dots that lead to another folder, and nothing that is to be escaped. */
const NORMAL_ADDRESS = /^(https?:\/\/[\w.:-]+)(\/[\w.~/?&=,;+%-]*)$/;
const DOTS = /\/\.|%2e/i;

/** A process calls few origins. Bound: what a handler calls may be more, and is then taken apart each time. */
const origins = new Map<string, Origin>();
const MAX_ORIGINS = 20;

/**
 * To take a URL apart costs a tenth of what a request does, so that it is done once for each origin.
 *
 * @throws TypeError for what is no address, or one that is not called over HTTP.
 */
export function toPlace(input: string | URL): Place {
  if (typeof input !== 'string') return takeApart(input);
  const [, text, path] = DOTS.test(input) ? [] : (NORMAL_ADDRESS.exec(input) ?? []);
  if (text === undefined || path === undefined) return takeApart(new URL(input));
  let origin = origins.get(text);
  if (origin === undefined) {
    const url = new URL(input);
    const place = takeApart(url);
    if (url.origin !== text || origins.size === MAX_ORIGINS) return place;
    ({ origin } = place);
    origins.set(text, origin);
  }
  return { href: input, origin, path };
}

function takeApart(url: URL): Place {
  return { href: url.href, origin: toOrigin(url), path: url.pathname + url.search };
}

/** @throws TypeError for another scheme. */
export function toOrigin({ protocol, host, hostname: bracketed, port: named }: URL): Origin {
  const secure = protocol === 'https:';
  if (!secure && protocol !== 'http:')
    throw new TypeError(`an address of ${protocol}, not of http: or https:`);
  const hostname = bracketed.replace(/^\[|\]$/g, '');
  const port = named === '' ? (secure ? 443 : 80) : Number(named);
  const key = `${protocol}//${bracketed}:${port}`;
  return { key, secure, hostname, port, host, servername: isIP(hostname) === 0 ? hostname : '' };
}
