/** Greets the author of a first issue, once. */
import { defineHandler, skip, type GitHubClient } from 'hookmint';

/** Marks our greeting, so that a second run finds it. Not shown to readers. */
const MARK = '<!-- hookmint:greeting -->';
const GREETING = `${MARK}\nThank you for opening your first issue here! Someone will have a look soon.`;

/** What GitHub calls people whose work never got into the repository. `NONE` may still have opened other issues. */
const NEWCOMERS: ReadonlySet<string> = new Set(['FIRST_TIMER', 'FIRST_TIME_CONTRIBUTOR', 'NONE']);

interface Issue {
  readonly owner: string;
  readonly repo: string;
  readonly issue_number: number;
}

export default defineHandler('issues.opened', {
  permissions: { issues: 'write' },
  when: ({ payload: { issue } }) => NEWCOMERS.has(issue?.author_association) && issue.user?.type !== 'Bot',
  async handle({ payload, github }) {
    const { owner, name: repo, archived } = payload.repository;
    if (archived) throw skip('the repository is archived');
    const issue = { owner: owner.login, repo, issue_number: payload.issue.number };
    const author = payload.issue.user?.login; // null where the account is gone
    if (author === undefined || (await hasOpenedBefore(github, issue, author))) return;
    if (await isGreeted(github, issue)) return;
    // Asked anew: it may have been locked since the delivery was sent.
    const { data: current } = await github.request('GET /repos/{owner}/{repo}/issues/{issue_number}', issue);
    if (current.locked) throw skip('the issue is locked');
    const body = { ...issue, body: GREETING };
    await github.request('POST /repos/{owner}/{repo}/issues/{issue_number}/comments', body);
  },
});

/** GitHub lists pull requests among the issues: whoever opened one of those is no newcomer either. */
async function hasOpenedBefore(
  github: GitHubClient<{ issues: 'write' }>,
  { owner, repo, issue_number }: Issue,
  creator: string,
) {
  const oldest = { state: 'all', sort: 'created', direction: 'asc', per_page: 1 } as const;
  const { data } = await github.request('GET /repos/{owner}/{repo}/issues', {
    owner,
    repo,
    creator,
    ...oldest,
  });
  return data.some(({ number }) => number < issue_number);
}

async function isGreeted(github: GitHubClient<{ issues: 'write' }>, issue: Issue): Promise<boolean> {
  const route = 'GET /repos/{owner}/{repo}/issues/{issue_number}/comments';
  for (let page = 1; ; page += 1) {
    const { data: comments } = await github.request(route, { ...issue, per_page: 100, page });
    if (comments.some(({ body }) => body?.includes(MARK))) return true;
    if (comments.length < 100) return false;
  }
}
