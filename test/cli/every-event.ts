/** Two handlers of every event, which go by what handlers commonly go by. */
import { defineHandler, isBot, skip } from 'hookmint';
import { isId, isObject, readField, readText } from '../../lib/json/json.ts';

/** Says in its reason what rules about a delivery see; the words of no person are in it. */
export const rules = defineHandler('*', {
  name: 'rules',
  permissions: {},
  handle({ payload }) {
    skip(JSON.stringify(toFacts(payload)).slice(0, 200));
  },
});

/** Asks GitHub about what the delivery names: repository, issue, commit, sender. */
export const calls = defineHandler('*', {
  name: 'calls',
  permissions: { contents: 'read', issues: 'write', metadata: 'read', pull_requests: 'write' },
  async handle({ payload, github }) {
    const repository = readField(payload, 'repository');
    const [owner, repo] = [readLogin(readField(repository, 'owner')), readText(repository, 'name')];
    const username = readLogin(readField(payload, 'sender'));
    if (username !== undefined) await github.request('GET /users/{username}', { username });
    if (owner === undefined || repo === undefined) return;
    await github.request('GET /repos/{owner}/{repo}', { owner, repo });
    const number = readField(readThread(payload), 'number');
    if (isId(number)) {
      const route = 'POST /repos/{owner}/{repo}/issues/{issue_number}/comments';
      await github.request(route, { owner, repo, issue_number: number, body: 'seen' });
    }
    const ref = readText(payload, 'after') ?? readText(readField(payload, 'check_run'), 'head_sha');
    if (ref !== undefined && !/^0+$/.test(ref)) {
      await github.request('GET /repos/{owner}/{repo}/commits/{ref}', { owner, repo, ref });
    }
  },
});

/** One letter or number for each: a reason holds 200 characters. */
function toFacts(payload: object): readonly unknown[] {
  const thread = readThread(payload);
  const repository = readField(payload, 'repository');
  const [title, body] = [readText(thread, 'title') ?? '', readText(thread, 'body') ?? ''];
  const [head, base] = ['head', 'base'].map((side) =>
    readText(readField(readField(thread, side), 'repo'), 'full_name'),
  );
  const run = ['check_run', 'check_suite', 'workflow_run', 'workflow_job', 'deployment_status']
    .map((name) => readField(payload, name))
    .find(isObject);
  const labels = readField(thread, 'labels');
  const facts: readonly unknown[] = [
    readText(payload, 'action'),
    isBot(payload),
    readLogin(readField(payload, 'sender')) === readLogin(readField(repository, 'owner')),
    readText(payload, 'ref') === `refs/heads/${readText(repository, 'default_branch')}`,
    readText(payload, 'ref')?.split('/', 2).join('/').startsWith('refs/'),
    /^0{40}$/.test(readText(payload, 'before') ?? ''),
    head !== undefined && head === base,
    ...['draft', 'merged', 'locked', 'state', 'author_association', 'number', 'comments'].map((name) =>
      readField(thread, name),
    ),
    isObject(readField(thread, 'pull_request')),
    Array.isArray(labels) ? labels.map((label) => readText(label, 'name') === 'bug') : 0,
    /^(?:wip|feat|fix)\b/i.test(title),
    [title.length, body.length, body.split('\n').length],
    ...['private', 'fork', 'archived', 'visibility', 'open_issues_count'].map((name) =>
      readField(repository, name),
    ),
    ...['status', 'conclusion', 'state', 'event'].map((name) => readField(run, name)),
    Object.keys(Object(readField(payload, 'changes'))),
  ];
  return facts.map((fact) => (typeof fact === 'boolean' ? Number(fact) : (fact ?? 0)));
}

function readThread(payload: object): unknown {
  return (
    readField(payload, 'pull_request') ?? readField(payload, 'issue') ?? readField(payload, 'discussion')
  );
}

function readLogin(account: unknown): string | undefined {
  return readText(account, 'login');
}
