/** Checks that a pull request's title follows Conventional Commits, as a check run on its newest commit. */
import { defineHandler, retry, skip, type GitHubClient } from 'hookmint';

const CHECK_NAME = 'conventional title';
const TYPES = ['build', 'chore', 'ci', 'docs', 'feat', 'fix', 'perf', 'refactor', 'revert', 'style', 'test'];

/** `type(scope)!: description`, each part kept apart so that the summary can say which one is wrong. */
const TITLE = /^([^\s():!]+)(\([^()]*\))?!?:(.*)$/;

const CHECKED: ReadonlySet<string> = new Set(['opened', 'reopened', 'synchronize']);

/** So often one delivery judges a title that is changed while it does. */
const MAX_ROUNDS = 3;
const RETRY_SECONDS = 10;

export default defineHandler('pull_request', {
  name: 'pull-request-title',
  permissions: { checks: 'write', pull_requests: 'read' },
  when: ({ payload }) =>
    payload.action === 'edited' ? payload.changes?.title !== undefined : CHECKED.has(payload.action),
  async handle({ payload, github }) {
    const { number, repository } = payload;
    const where = { owner: repository.owner.login, repo: repository.name };
    const read = async () =>
      (
        await github.request('GET /repos/{owner}/{repo}/pulls/{pull_number}', {
          ...where,
          pull_number: number,
        })
      ).data;

    // Asked anew: a delivery may come late or twice, and its title be an old one.
    let pull = await read();
    for (let round = 1; round <= MAX_ROUNDS; round += 1) {
      if (pull.state !== 'open') throw skip('the pull request is closed');
      if (pull.base.repo.archived) throw skip('the repository is archived');
      const { title, head, updated_at } = pull;
      await report({ number, title, sha: head.sha, asOf: updated_at }, where, github);
      // It may have changed meanwhile, and its own delivery been quicker than this one.
      pull = await read();
      if (pull.title === title && pull.head.sha === head.sha) return;
    }
    throw retry('the title keeps changing', RETRY_SECONDS);
  },
});

/** A pull request, as it was when it was read. */
interface Judged {
  readonly number: number;
  readonly title: string;
  readonly sha: string;
  readonly asOf: string;
}

async function report(
  { number, title, sha, asOf }: Judged,
  where: { readonly owner: string; readonly repo: string },
  github: GitHubClient<{ checks: 'write' }>,
): Promise<void> {
  const mark = toMark(number);
  const verdict = { ...judge(title), external_id: mark + asOf, status: 'completed' } as const;
  const { data } = await github.request('GET /repos/{owner}/{repo}/commits/{ref}/check-runs', {
    ...where,
    ref: sha,
    check_name: CHECK_NAME,
  });
  const own = data.check_runs.find(({ external_id }) => external_id?.startsWith(mark));
  // Another delivery may have read a newer title meanwhile: its verdict stands.
  if (own !== undefined && (own.external_id ?? '') > verdict.external_id) return;
  if (own !== undefined) {
    const run = { ...where, ...verdict, check_run_id: own.id };
    try {
      await github.request('PATCH /repos/{owner}/{repo}/check-runs/{check_run_id}', run);
      return;
    } catch (error) {
      if (!isRefused(error)) throw error;
    }
  }
  const run = { ...where, ...verdict, name: CHECK_NAME, head_sha: sha };
  await github.request('POST /repos/{owner}/{repo}/check-runs', run);
}

/** GitHub lets no App change the run of another, which may bear our mark: then it is not ours. */
function isRefused(error: unknown): boolean {
  return error instanceof Error && 'status' in error && error.status === 403;
}

/** Of our runs on a commit, the one of this pull request: two of them may have one commit, and other Apps the same name. */
function toMark(pull: number): string {
  return `hookmint, title of #${pull} as of `;
}

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
