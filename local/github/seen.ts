/** What handlers left behind, for tests to read: past permissions, faults and the record of calls. */
import { isObject, type JsonObject, readText, toObject } from '../../lib/json/json.ts';
import type { Seen } from './types.ts';
import type { World } from './world.ts';

/** One page is read: 100 items at most. */
const QUERY = new URLSearchParams({ per_page: '100', filter: 'all' });

export function createSeen({ repositories, state }: World): Seen {
  async function read(fullName: string, path: string): Promise<unknown> {
    const repository = repositories.named(fullName);
    if (!repository) throw new Error(`no repository ${fullName}`);
    const { status, body } = await state.answer({ method: 'GET', query: QUERY, body: '' }, repository, path);
    if (status !== 200) throw new Error(`${fullName}${path}: ${status}`);
    return body;
  }

  return {
    async comments(fullName, number) {
      return toObjects(await read(fullName, `/issues/${number}/comments`)).map((comment) => ({
        id: Number(comment['id']),
        body: readText(comment, 'body') ?? '',
        user: readText(toObject(comment['user']), 'login') ?? '',
      }));
    },
    async labels(fullName, number) {
      const labels = toObjects(await read(fullName, `/issues/${number}/labels`));
      return labels.map((label) => readText(label, 'name') ?? '');
    },
    async checkRuns(fullName, sha) {
      const list = toObject(await read(fullName, `/commits/${sha}/check-runs`));
      return toObjects(list['check_runs']).map((run) => ({
        id: Number(run['id']),
        name: readText(run, 'name') ?? '',
        status: readText(run, 'status') ?? '',
        conclusion: readText(run, 'conclusion') ?? null,
        title: readText(toObject(run['output']), 'title') ?? null,
        summary: readText(toObject(run['output']), 'summary') ?? null,
      }));
    },
    async issue(fullName, number) {
      const issue = toObject(await read(fullName, `/issues/${number}`));
      return {
        title: readText(issue, 'title') ?? '',
        state: readText(issue, 'state') ?? '',
        body: readText(issue, 'body') ?? null,
      };
    },
  };
}

function toObjects(value: unknown): readonly JsonObject[] {
  return Array.isArray(value) ? value.filter(isObject) : [];
}
