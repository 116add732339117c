/** Deliveries of megabytes, which fit into no message: GitHub's log has them. Pure, but for the fixture. */
import { readFile } from 'node:fs/promises';

const RECORDED = JSON.parse(
  await readFile(new URL('app/functions/fixtures/issues-opened-first-time.json', import.meta.url), 'utf8'),
);
const { 'X-GitHub-Delivery': GUID, 'X-GitHub-Hook-ID': HOOK_ID } = RECORDED.headers;

const PATHS_OF_EACH = 3_000;

/**
 * By the id that a delivery has in the log, everybody knows it: its bytes, and its GUID.
 *
 * @param {string} logId
 */
export function toLoggedGuid(logId) {
  return `${GUID}-${logId}`;
}

/**
 * The entry of the log: the recorded issue, with the paths of as many commits as it takes. They are what takes the most
 * memory for its size.
 *
 * @param {string} logId Bytes.
 */
export function toDetailText(logId) {
  const payload = `${JSON.stringify(RECORDED.body).slice(0, -1)},"commits":[${toCommits(Number(logId))}]}`;
  const headers = JSON.stringify({ 'X-GitHub-Event': 'issues', 'X-GitHub-Hook-ID': HOOK_ID });
  return (
    `{"id":${logId},"guid":"${toLoggedGuid(logId)}","event":"issues","action":"opened",` +
    `"request":{"headers":${headers},"payload":${payload}},"response":{"headers":{},"payload":""}}`
  );
}

/** @param {number} bytes At least. */
function toCommits(bytes) {
  const commits = [];
  for (let length = 0, path = 0; length < bytes; length += commits.at(-1)?.length ?? 0) {
    const added = Array.from({ length: PATHS_OF_EACH }, () => (path++).toString(36));
    commits.push(JSON.stringify({ id: `${commits.length}`.padStart(40, 'a'), added }));
  }
  return commits.join(',');
}
