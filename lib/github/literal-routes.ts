/**
 * What Octokit makes of a call whose route is a literal one, as nearly all are: `POST /repos/{owner}/{repo}/issues` with
 * plain parameters. Octokit merges its options twice for each call and expands the route anew, which takes five times
 * as long. What is not as plain as that is left to Octokit. Pure.
 */
import { isObject, type JsonObject } from '../json/json.ts';
import { API_VERSION, USER_AGENT } from './api.ts';

/** A call as it is sent. */
export interface PreparedCall {
  readonly method: string;
  readonly url: string;
  readonly headers: Readonly<Record<string, string>>;
  readonly body: string | undefined;
}

/** A route taken apart: what stands between the parameters of its path, and their names. */
interface Route {
  readonly method: string;
  /** One more than there are names. */
  readonly literals: readonly string[];
  readonly names: readonly string[];
}

/** Nothing that Octokit's templates have a meaning for, but `{name}`, or that is written otherwise in an address. */
const LITERAL_ROUTE = /^(GET|POST|PUT|PATCH|DELETE) ((?:\/(?:[\w.-]+|\{[a-z]\w*\}))+)$/;
const PARAMETER = /\{(\w+)\}/;

/** Parameters that Octokit reads in another way. So it does those that are named as what every object has. */
const SPECIAL = { method: 1, baseUrl: 1, url: 1, headers: 1, request: 1, mediaType: 1, data: 1, q: 1 };

/** Bound: a handler that writes its values into its routes has as many as it has values. */
const MAX_ROUTES = 500;

const routes = new Map<string, Route | undefined>();

const HEADERS = {
  accept: 'application/vnd.github.v3+json',
  'user-agent': USER_AGENT,
  'x-github-api-version': API_VERSION,
};
const BODY_HEADERS = { ...HEADERS, 'content-type': 'application/json; charset=utf-8' };

/** @returns undefined for what is left to Octokit. */
export function prepareCall(route: unknown, parameters: unknown, baseUrl: string): PreparedCall | undefined {
  const found = typeof route === 'string' ? findRoute(route) : undefined;
  const given = parameters ?? {};
  if (found === undefined || !isObject(given)) return undefined;
  for (const name in given) if (name in SPECIAL) return undefined;
  try {
    const path = expand(found, given);
    return path === undefined ? undefined : withRest(found, `${baseUrl}${path}`, given);
  } catch {
    return undefined; // Octokit throws as well, and says what it always does
  }
}

function findRoute(text: string): Route | undefined {
  if (routes.has(text)) return routes.get(text);
  const route = parseRoute(text);
  if (routes.size < MAX_ROUTES) routes.set(text, route);
  return route;
}

function parseRoute(text: string): Route | undefined {
  const [, method, path = ''] = LITERAL_ROUTE.exec(text) ?? [];
  if (method === undefined || path === '/graphql') return undefined;
  const parts = path.split(PARAMETER);
  return {
    method,
    literals: parts.filter((_, at) => at % 2 === 0),
    names: parts.filter((_, at) => at % 2 === 1),
  };
}

/** @throws URIError for half a character. */
function expand({ literals, names }: Route, parameters: JsonObject): string | undefined {
  let path = literals[0] ?? '';
  for (let at = 0; at < names.length; at += 1) {
    const value = parameters[names[at] ?? ''];
    if (!isText(value) || value === '') return undefined;
    path += escape(value) + literals[at + 1];
  }
  return path;
}

/** What the path has not taken goes into the query of a GET, and into the body of all else. */
function withRest({ method, names }: Route, url: string, parameters: JsonObject): PreparedCall | undefined {
  const rest: Record<string, unknown> = {};
  let query = '';
  let isEmpty = true;
  for (const name of Object.keys(parameters)) {
    const value = parameters[name];
    if (value === undefined || names.includes(name)) continue;
    isEmpty = false;
    if (method !== 'GET') rest[name] = value;
    else if (!isText(value)) return undefined;
    else query += `${query === '' ? '?' : '&'}${name}=${encodeURIComponent(value)}`;
  }
  if (method === 'GET') return { method, url: url + query, headers: HEADERS, body: undefined };
  if (!isEmpty) return { method, url, headers: BODY_HEADERS, body: JSON.stringify(rest) };
  return { method, url, headers: HEADERS, body: method === 'PATCH' || method === 'PUT' ? '' : undefined };
}

function isText(value: unknown): value is string | number {
  return typeof value === 'string' || typeof value === 'number';
}

function escape(value: string | number): string {
  const text = String(value);
  if (/^[\w.~-]*$/.test(text)) return text; // nearly all names and numbers
  return encodeURIComponent(text).replaceAll(
    /[!'()*]/g,
    (found) => `%${found.charCodeAt(0).toString(16).toUpperCase()}`,
  );
}
