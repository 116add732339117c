/** Checks that a pull request's title follows Conventional Commits, as a check run on its newest commit. */
import { defineHandler, skip } from 'hookmint';

const CHECK_NAME = 'conventional title';
const TYPES = ['build', 'chore', 'ci', 'docs', 'feat', 'fix', 'perf', 'refactor', 'revert', 'style', 'test'];

/** `type(scope)!: description`, each part kept apart so that the summary can say which one is wrong. */
const TITLE = /^([^\s():!]+)(\([^()]*\))?!?:(.*)$/;

/** Marks check runs as ours: other Apps may use the same name, and theirs cannot be changed. */
const MARK = 'hookmint, title as of ';

const CHECKED: ReadonlySet<string> = new Set(['opened', 'reopened', 'synchronize']);

export default defineHandler('pull_request', {
  name: 'pull-request-title',
  permissions: { checks: 'write' },
  when: ({ payload }) =>
    payload.action === 'edited' ? payload.changes?.title !== undefined : CHECKED.has(payload.action),
  async handle({ payload, delivery, github }) {
    const { pull_request: pull, repository } = payload;
    if (!pull?.head?.sha || pull.title === undefined) throw skip('the payload has no title or head commit');
    const where = { owner: repository.owner.login, repo: repository.name };
    const external_id = MARK + (pull.updated_at ?? delivery.receivedAt.toISOString());
    const verdict = { ...judge(pull.title), external_id, status: 'completed' } as const;

    const { data } = await github.request('GET /repos/{owner}/{repo}/commits/{ref}/check-runs', {
      ...where,
      ref: pull.head.sha,
      check_name: CHECK_NAME,
    });
    const earlier = data.check_runs.find((run) => run.external_id?.startsWith(MARK));
    if (earlier === undefined) {
      const run = { ...where, ...verdict, name: CHECK_NAME, head_sha: pull.head.sha };
      await github.request('POST /repos/{owner}/{repo}/check-runs', run);
    } else if ((earlier.external_id ?? '') <= external_id) {
      // A delivery may arrive late; a newer title that was judged already stands.
      const run = { ...where, ...verdict, check_run_id: earlier.id };
      await github.request('PATCH /repos/{owner}/{repo}/check-runs/{check_run_id}', run);
    }
  },
});

function judge(title: string) {
  const problem = findProblem(title);
  if (problem === undefined) {
    const output = { title: 'The title is conventional', summary: 'The title follows Conventional Commits.' };
    return { conclusion: 'success', output } as const;
  }
  return { conclusion: 'failure', output: { title: problem, summary: explain(problem) } } as const;
}

/** What is wrong with a title, for people; undefined where it is fine. */
function findProblem(title: string): string | undefined {
  const [matched, type = '', scope, description = ''] = TITLE.exec(title) ?? [];
  if (matched === undefined) return 'The title does not begin with a type and a colon';
  if (!TYPES.includes(type)) return 'The title begins with an unknown type';
  if (scope !== undefined && scope.slice(1, -1).trim() === '') return 'The scope in parentheses is empty';
  if (description.trim() === '') return 'There is no description after the colon';
  if (!/^ \S/.test(description)) return 'The colon must be followed by exactly one space';
  return undefined;
}

function explain(problem: string): string {
  return [
    `${problem}.`,
    'Edit the title of the pull request to read `type(scope): description`; the check then runs again by itself.',
    `- The type is one of ${TYPES.map((type) => `\`${type}\``).join(', ')}, in lower case.`,
    '- The scope, in parentheses, may be left out. A `!` before the colon marks a breaking change.',
    '- The colon is followed by one space and a short description.',
    'For example: `fix(parser): accept titles without a scope`',
  ].join('\n');
}
