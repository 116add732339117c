/** A file that is asked for as it is. `emulate` answers it as bytes of no type; GitHub says that it is text. Pure. */
import type { Reply } from './replies.ts';

/** Source: GitHub docs, "Get repository content": `application/vnd.github.raw+json`; `raw` and `v3.raw` are older. */
const RAW = /application\/vnd\.github\.(?:v3\.)?raw(?:\+json)?(?:[;,\s]|$)/;

/** Without it, Octokit gives the caller an ArrayBuffer. */
const TYPE = { 'content-type': 'application/vnd.github.raw+json; charset=utf-8' };

/** @param rest The path within the repository. */
export function toRawFile(answered: Reply, rest: string, accept: string | undefined): Reply {
  const isFile = answered.status === 200 && answered.text !== undefined && rest.startsWith('/contents/');
  return isFile && RAW.test(accept ?? '')
    ? { ...answered, headers: { ...answered.headers, ...TYPE } }
    : answered;
}
