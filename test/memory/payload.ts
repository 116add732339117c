/** Payloads of a push, of any size, and GitHub's log with one of them in it. */

export const GUID = '3f2a0000-0000-4000-8000-000000000001';

/** What takes the most memory for its size: paths of a few letters. */
export function toManyPaths(bytes: number): string {
  const paths = (from: number) => Array.from({ length: 3_000 }, (_, index) => (from + index).toString(36));
  const commits: string[] = [];
  for (let length = 0; length < bytes; length += commits.at(-1)?.length ?? 0)
    commits.push(
      JSON.stringify({ id: `${commits.length}`.padStart(40, 'a'), added: paths(commits.length * 3_000) }),
    );
  return toPush(commits);
}

/** Text that V8 keeps in two bytes a character. */
export function toWideText(bytes: number): string {
  const commits: string[] = [];
  for (let length = 0; length < bytes; length += Buffer.byteLength(commits.at(-1) ?? ''))
    commits.push(
      JSON.stringify({ id: `${commits.length}`.padStart(40, 'a'), message: '漢字'.repeat(5_000) }),
    );
  return toPush(commits);
}

function toPush(commits: readonly string[]): string {
  return `{"ref":"refs/heads/main","repository":{"id":1},"installation":{"id":5},"commits":[${commits.join(',')}]}`;
}

/** The entry of GitHub's log, whole. */
export function toDetailText(payload: string): Buffer {
  const headers = '{"X-GitHub-Event":"push","X-GitHub-Hook-ID":"458"}';
  return Buffer.from(
    `{"id":123456789012345678,"guid":"${GUID}","event":"push","action":null,` +
      `"request":{"headers":${headers},"payload":${payload}},"response":{"headers":{},"payload":""}}`,
  );
}

/** The list of deliveries: the front door refused this one. */
export function toListText(): string {
  return `[${toEntry('123456789012345678', GUID, 413)}]`;
}

/** A list of so many, which were too many for the front door. Each one's GUID ends in its id. */
export function toManyText(count: number): string {
  const ids = Array.from({ length: count }, (_, index) => String(100_000 + index));
  return `[${ids.map((id) => toEntry(id, toGuid(id), 429)).join(',')}]`;
}

export function toGuid(id: string): string {
  return `3f2a0000-0000-4000-8000-${id.padStart(12, '0')}`;
}

function toEntry(id: string, guid: string, statusCode: number): string {
  const delivered_at = new Date(Date.now() - 10 * 60_000).toISOString();
  return `{"id":${id},"guid":"${guid}","delivered_at":"${delivered_at}","redelivery":false,
    "status":"Invalid HTTP Response: ${statusCode}","status_code":${statusCode},"event":"push","action":null,
    "installation_id":5,"repository_id":1}`;
}
