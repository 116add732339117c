/** URLs with their parts replaced, so that each still leads to what stands in for where it led. Pure. */
import table from '../../lib/permissions/endpoints.json' with { type: 'json' };

const OF_GITHUB = /^(?:github\.com|api\.github\.com|[\w-]+\.githubusercontent\.com|[\w-]+\.github\.com)$/;

/** Beside the words of the API's routes. */
const WEB_WORDS =
  'pull tree blob commit tag wiki settings security discussions files diff patch raw archive zipball tarball u in apps suites runs job jobs attempts api v3 graphql enterprises memberships teams';

/** Words that GitHub's own routes are made of. */
const ROUTE_WORDS: ReadonlySet<string> = new Set([
  ...Object.values(table.needs).flatMap((routes) => routes.flatMap((route) => route.split(/[/ ]/))),
  ...WEB_WORDS.split(' '),
]);

/** `{/number}`, `{base}`: GitHub's own places for what is to be filled in. */
const TEMPLATE = /^\{[/?]?[\w,]+\}$/;

/**
 * What stands in for a login, a repository, a hash or an id; undefined for what is none.
 *
 * @param after What stands before it in a path: after its owner a repository, which may have the same name.
 */
export type ReplaceName = (name: string, after?: string) => string | undefined;

export function replaceUrl(
  url: string,
  replaceName: ReplaceName,
  scramble: (text: string) => string,
): string {
  const [, scheme = '', host = '', path = '', query = '', fragment = ''] =
    /^(git@|\w+:\/\/)(?:[^/@]*@)?([^/:?#]+)([^?#]*)(\?[^#]*)?(#.*)?$/.exec(url) ?? [];
  if (host === '') return scramble(url);
  const isGitHub = OF_GITHUB.test(host);
  let before: string | undefined;
  const replacePart = (part: string): string => {
    if (part === '' || /^[.:]+$/.test(part)) return part;
    const known = replaceName(part, before);
    before = part;
    if (known !== undefined) return known;
    if (isGitHub && ROUTE_WORDS.has(part)) return part;
    return /^\d{1,6}$/.test(part) && isGitHub ? part : scramble(part);
  };
  return [
    scheme,
    isGitHub ? host : 'example.com',
    path.replaceAll(/\{[^}]*\}|[^/{]+/g, (part) =>
      TEMPLATE.test(part) ? part : replaceSegment(part, replacePart),
    ),
    query.replaceAll(
      /=([^&]*)/g,
      (_, value: string) => `=${/^\d{0,2}$/.test(value) ? value : scramble(value)}`,
    ),
    fragment.replaceAll(
      /\d+|[A-Za-z_]+/g,
      (part) => replaceName(part) ?? (isAnchor(part) ? part : scramble(part)),
    ),
  ].join('');
}

/** `widgets.git`, `base...head`: the names in them are replaced, and the rest is kept. */
function replaceSegment(segment: string, replacePart: (part: string) => string): string {
  const [, stem = segment, suffix = ''] = /^(.*?)(\.git|\.diff|\.patch)?$/.exec(segment) ?? [];
  return (
    stem
      .split(/(\.{3})/)
      .map(replacePart)
      .join('') + suffix
  );
}

function isAnchor(word: string): boolean {
  return /^(?:issuecomment|discussion_r|pullrequestreview|discussioncomment|issue|L|r|commitcomment)$/.test(
    word,
  );
}
