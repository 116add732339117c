/**
 * Reads the answers of Octokit's calls, with the hook that Octokit has for whoever wants to. Octokit itself
 * reads every answer with exact JSON, which can take fifty times as long (docs/adr/0031). Refusals it still
 * reads itself: they are short.
 */
import type { Answer } from '../http/answer.ts';
import type { Fetch } from '../http/fetch.ts';
import { parseExactJson } from '../json/exact-json.ts';
import { isObject } from '../json/json.ts';
import { foreign } from './refusal.ts';

/** What Octokit hands to a hook, as far as this one looks at it. */
interface CallOptions {
  readonly url?: string;
  readonly request?: { readonly fetch?: Fetch; readonly parseSuccessResponseBody?: boolean };
}

interface OctokitAnswer {
  data: unknown;
}

/**
 * Octokit's `request.hook`: sends the call, and reads a good answer as Octokit would have done. A call that
 * asks for the unread body (`parseSuccessResponseBody: false`) gets that.
 */
export async function readAnswers(
  send: (options: CallOptions) => Promise<OctokitAnswer>,
  options: CallOptions,
): Promise<OctokitAnswer> {
  const { fetch, parseSuccessResponseBody } = options.request ?? {};
  if (fetch === undefined || parseSuccessResponseBody === false) return send(options);
  let received: Answer | undefined;
  const receive: Fetch = async (url, init) => {
    received = await fetch(url, init);
    return withItselfAsBody(received);
  };
  const answer = await send({
    ...options,
    request: { ...options.request, fetch: receive, parseSuccessResponseBody: false },
  });
  // Octokit hands the body on where there is one; it has none to give for a 204, say.
  if (received !== undefined && answer.data === received)
    answer.data = await readGoodAnswer(String(options.url), received);
  return answer;
}

/**
 * Reads a good answer as Octokit would have done.
 *
 * @param url Of the call, with or without its method: it says which of GitHub's two APIs it is.
 * @throws ServiceFault `github_unavailable` for an answer that is not GitHub's.
 */
export async function readGoodAnswer(url: string, answer: Answer): Promise<unknown> {
  const data = await read(answer);
  if (isForeign(url, answer, data)) throw foreign(answer.status, answer.url);
  return data;
}

/**
 * Whether a good answer is not GitHub's: to a query, what is no object; and a page of HTML without the id that
 * GitHub gives each of its answers. A handler would take the one for no data, and the other for its data.
 */
function isForeign(url: string, { headers }: Answer, data: unknown): boolean {
  if (url.endsWith('/graphql')) return !isObject(data);
  return headers.get('x-github-request-id') === null && toType(headers.get('content-type')) === 'text/html';
}

/** What Octokit hands on unread is the body: here, the whole answer. */
function withItselfAsBody(answer: Answer): Answer {
  const { status, statusText, url, headers } = answer;
  return {
    status,
    statusText,
    url,
    headers,
    body: answer,
    text: () => answer.text(),
    arrayBuffer: () => answer.arrayBuffer(),
  };
}

/** `application/json`, with whatever stands behind it. */
const JSON_TYPE = /^\s*application\/(?:scim\+)?json\s*(?:;|$)/i;

/** As `getResponseData` of `@octokit/request` has it, by the answer's content type. */
async function read(answer: Answer): Promise<unknown> {
  const contentType = answer.headers.get('content-type');
  if (contentType === null) return answer.text();
  if (JSON_TYPE.test(contentType)) return toJson(await answer.text());
  const type = toType(contentType);
  const isText =
    type.startsWith('text/') ||
    (/;\s*charset="?utf-8"?\s*(?:;|$)/i.test(contentType) && type !== 'application/octet-stream');
  return isText ? answer.text() : answer.arrayBuffer();
}

/** `application/json`, of `application/json; charset=utf-8`. */
function toType(contentType: string | null): string {
  return contentType?.split(';', 1)[0]?.trim().toLowerCase() ?? '';
}

function toJson(text: string): unknown {
  try {
    return parseExactJson(text);
  } catch {
    return text;
  }
}
