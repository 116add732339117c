/** The `Link` header, as far as pages are found by it. Pure. */

/**
 * What a link asks for: the query of its address. The rest of the address is left out: where a call with a
 * credential of ours goes is not for an answer to decide.
 *
 * @param header `<https://api.github.com/…?page=2>; rel="next", <…>; rel="last"`; null where there is none.
 * @param relation `next`, for one.
 * @returns undefined where the header has no such link.
 * @see RFC 8288, section 3
 */
export function findLinkQuery(header: string | null, relation: string): URLSearchParams | undefined {
  for (const [, address = '', parameters = ''] of (header ?? '').matchAll(/<([^>]*)>([^<]*)/g)) {
    const named = /;\s*rel="?([^",;]*)"?/.exec(parameters)?.[1];
    if (named === relation) return new URLSearchParams(address.split('?', 2)[1]);
  }
  return undefined;
}
