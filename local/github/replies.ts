/** Answers in GitHub's shape. */

export interface Reply {
  readonly status: number;
  readonly headers?: Readonly<Record<string, string>>;
  /** Sent as JSON. */
  readonly body?: unknown;
  /** Sent as it is, where the answer is not JSON. */
  readonly text?: string;
}

export function reply(status: number, body?: unknown, headers: Readonly<Record<string, string>> = {}): Reply {
  return { status, headers, ...(body !== undefined && { body }) };
}

/** GitHub's error body. Source: OpenAPI schema `basic-error`. */
export function refuse(
  status: number,
  message: string,
  headers: Readonly<Record<string, string>> = {},
): Reply {
  const documentation_url = 'https://docs.github.com/rest';
  return reply(status, { message, documentation_url, status: String(status) }, headers);
}

export const notFound = (): Reply => refuse(404, 'Not Found');
export const badCredentials = (): Reply => refuse(401, 'Bad credentials');

/**
 * One page of a list, and its `Link` header.
 *
 * @param url Of the whole list, without a query string.
 */
export function paginate<Item>(
  items: readonly Item[],
  url: string,
  query: URLSearchParams,
): { readonly page: readonly Item[]; readonly headers: Readonly<Record<string, string>> } {
  // Source: GitHub docs, "Using pagination in the REST API": 30 by default, 100 at most.
  const perPage = Math.min(Math.max(Number(query.get('per_page') ?? 30) || 30, 1), 100);
  const number = Math.max(Number(query.get('page') ?? 1) || 1, 1);
  const last = Math.max(Math.ceil(items.length / perPage), 1);
  const to = (page: number, rel: string): string => {
    const target = new URLSearchParams(query);
    target.set('page', String(page));
    return `<${url}?${target.toString()}>; rel="${rel}"`;
  };
  const links = [
    ...(number > 1 ? [to(number - 1, 'prev')] : []),
    ...(number < last ? [to(number + 1, 'next'), to(last, 'last')] : []),
    ...(number > 1 ? [to(1, 'first')] : []),
  ];
  return {
    page: items.slice((number - 1) * perPage, number * perPage),
    headers: links.length > 0 ? { link: links.join(', ') } : {},
  };
}

/** ISO 8601 as GitHub writes it, without milliseconds. */
export function toSeconds(date: Date): string {
  return date.toISOString().replace(/\.\d+Z$/, 'Z');
}
