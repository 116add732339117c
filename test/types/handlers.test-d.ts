/**
 * What the types of the handler interface allow, and what they stop. Nothing here runs: `npm run check:types` fails
 * where a line marked `@ts-expect-error` compiles, or any other does not.
 */
import { expectTypeOf } from 'vitest';
import {
  defineHandler,
  defineHandlers,
  type GitHubClient,
  type Handler,
  type InstallationToken,
  isBot,
  type Permissions,
  readConfig,
  skip,
  toIssue,
  toPull,
  toRepo,
  unlisted,
  type ContextWithoutToken,
  type ContextWithToken,
  type HandlerContext,
} from 'hookmint';

const handle = () => {};
const module = <E extends Handler>(handler: E) => Promise.resolve({ default: handler });

// The event is one that GitHub has, with an action that it has.
defineHandler('issues.opened', { permissions: {}, handle });
defineHandler('issues', { permissions: {}, handle });
defineHandler('*', { permissions: {}, handle });
// @ts-expect-error no such event
defineHandler('issue.opened', { permissions: {}, handle });
// @ts-expect-error no such action
defineHandler('issues.open', { permissions: {}, handle });

// @ts-expect-error no such event: 'issue.opened'. Did you mean 'issues.opened'? And no second error follows.
defineHandler('issue.opened', {
  permissions: { issues: 'write' },
  async handle({ github, payload }) {
    void payload.issue.title;
    await github.request('GET /repos/{owner}/{repo}/issues', { owner: payload.owner, repo: payload.repo });
  },
});
// An event that is newer than the list needs a word for it; its payload may be any.
defineHandler(unlisted('issues.entangled'), {
  permissions: {},
  handle({ payload }) {
    void ('action' in payload && payload.action);
  },
});

// Several events, which give no name: the payload is that of any of them.
defineHandler(['issues.opened', 'issues.edited'], {
  name: 'triage',
  permissions: {},
  when: ({ payload }) => payload.issue.number > 1,
  handle({ payload }) {
    expectTypeOf(payload.action).toEqualTypeOf<'opened' | 'edited'>();
    if (payload.action === 'edited')
      expectTypeOf(payload.changes.title?.from).toEqualTypeOf<string | undefined>();
  },
});
// @ts-expect-error they have no name
defineHandler(['issues.opened', 'issues.edited'], { permissions: {}, handle });
// @ts-expect-error no such event: 'issues.edted'. Did you mean 'issues.edited'?
defineHandler(['issues.opened', 'issues.edted'], { name: 'triage', permissions: {}, handle });

// Permissions are stated, with names and levels of GitHub's API.
defineHandler('push', { permissions: { contents: 'read', pull_requests: 'write' }, handle });
defineHandler('push', { permissions: 'all', handle });
// @ts-expect-error none stated
defineHandler('push', { handle });
// @ts-expect-error misspelt
defineHandler('push', { permissions: { issue: 'write' }, handle });
// @ts-expect-error misspelt beside a right one
defineHandler('push', { permissions: { issues: 'write', pull_request: 'read' }, handle });
// What an enterprise grants has names as well, of which one is the longest that the compiler has to compare.
defineHandler('installation.created', {
  permissions: { enterprise_organization_installation_repositories: 'write', enterprise_people: 'read' },
  repositories: 'installation',
  handle,
});
// @ts-expect-error a misspelt one
defineHandler('installation.created', { permissions: { enterprise_peple: 'read' }, handle });
// @ts-expect-error no such level
defineHandler('push', { permissions: { issues: 'admin' }, handle });
// @ts-expect-error `workflows` can only be written
defineHandler('push', { permissions: { workflows: 'read' }, handle });
// @ts-expect-error `organization_events` can only be read
defineHandler('push', { permissions: { organization_events: 'write' }, handle });
// @ts-expect-error `secret_scanning_alerts` are read or written, never `true`
defineHandler('push', { permissions: { secret_scanning_alerts: true }, handle });
// @ts-expect-error not a word for everything
defineHandler('push', { permissions: 'everything', handle });
// A name newer than the published list needs a cast.
defineHandler('push', { permissions: { brand_new: 'read' } as Permissions, handle });

// The token and the client are there where something is asked for.
defineHandler('push', {
  permissions: { contents: 'read' },
  handle({ github, token }) {
    expectTypeOf(github).toEqualTypeOf<GitHubClient<{ readonly contents: 'read' }>>();
    expectTypeOf(token).toEqualTypeOf<InstallationToken>();
    expectTypeOf(token.expiresAt).toEqualTypeOf<Date>();
  },
});
defineHandler('push', {
  permissions: 'all',
  handle({ github, token }) {
    expectTypeOf(github).toEqualTypeOf<GitHubClient>();
    expectTypeOf(token.token).toEqualTypeOf<string>();
  },
});
defineHandler('push', {
  permissions: {},
  handle(context) {
    expectTypeOf(context).toEqualTypeOf<ContextWithoutToken<'push'>>();
    // @ts-expect-error Property 'github' does not exist on type 'ContextWithoutToken<"push">'
    void context.github;
    // @ts-expect-error nor a token
    void context.token;
    expectTypeOf(context.signal).toEqualTypeOf<AbortSignal>();
    expectTypeOf(context.delivery.receivedAt).toEqualTypeOf<Date>();
    expectTypeOf(context.delivery.action).toEqualTypeOf<string | null>();
    context.log.info('seen', { size: context.payload.commits.length });
  },
});

// The payload is that of the event, and of the action where one is named.
defineHandler('issues.opened', {
  permissions: {},
  when({ payload, delivery }) {
    expectTypeOf(payload.action).toEqualTypeOf<'opened'>();
    expectTypeOf(delivery.id).toEqualTypeOf<string>();
    return payload.issue.number > 1;
  },
  handle({ payload }) {
    expectTypeOf(payload.action).toEqualTypeOf<'opened'>();
    expectTypeOf(payload.issue.title).toEqualTypeOf<string>();
    // @ts-expect-error another event's
    void payload.pull_request;
    if (payload.issue.locked) skip('it is locked');
    throw skip('enough seen');
  },
});
defineHandler('pull_request', {
  permissions: {},
  handle({ payload }) {
    expectTypeOf<'synchronize'>().toExtend<typeof payload.action>();
    if (payload.action === 'synchronize') expectTypeOf(payload.before).toEqualTypeOf<string>();
    // @ts-expect-error only some actions have it
    void payload.before;
  },
});
defineHandler('push', {
  permissions: {},
  // @ts-expect-error a predicate answers at once
  when: async () => true,
  handle,
});

// Repositories are those of the event, all of the installation, or picked from the payload.
defineHandler('push', { permissions: { contents: 'read' }, repositories: 'event', handle });
defineHandler('push', { permissions: { contents: 'read' }, repositories: 'installation', handle });
defineHandler('installation_repositories.added', {
  permissions: { contents: 'read' },
  repositories({ payload }) {
    expectTypeOf(payload.action).toEqualTypeOf<'added'>();
    return payload.repositories_added.map(({ id }) => id);
  },
  handle,
});
defineHandler('push', { permissions: { contents: 'read' }, repositories: () => ['widgets'], handle });
defineHandler('push', { permissions: { contents: 'read' }, repositories: () => 'installation', handle });
// @ts-expect-error not a word for all
defineHandler('push', { permissions: { contents: 'read' }, repositories: 'all', handle });
// @ts-expect-error not a list of repositories
defineHandler('push', { permissions: { contents: 'read' }, repositories: () => [true], handle });
// @ts-expect-error ids or names, not both
defineHandler('push', { permissions: { contents: 'read' }, repositories: () => [1, 'widgets'], handle });

// The client knows GitHub's routes, what they need and what they return.
defineHandler('issues', {
  permissions: { issues: 'write' },
  async handle({ github }) {
    const issue = { owner: 'octo-org', repo: 'widgets', issue_number: 1 };
    const { data, status } = await github.request('GET /repos/{owner}/{repo}/issues/{issue_number}', issue);
    expectTypeOf(data.number).toEqualTypeOf<number>();
    expectTypeOf(status).toEqualTypeOf<200>();
    // @ts-expect-error a label's name is text
    await github.request('POST /repos/{owner}/{repo}/issues/{issue_number}/labels', { ...issue, labels: 7 });
    expectTypeOf(
      github.graphql<{ viewer: { login: string } }>('{ viewer { login } }'),
    ).resolves.toEqualTypeOf<{
      viewer: { login: string };
    }>();
  },
});

// Settings are texts by their names, and no others.
defineHandler('push', {
  permissions: {},
  settings: { NOTIFY_URL: 'text', NOTIFY_TOKEN: 'secret' },
  handle({ settings }) {
    expectTypeOf(settings).toEqualTypeOf<{ readonly NOTIFY_URL: string; readonly NOTIFY_TOKEN: string }>();
    // @ts-expect-error it is not declared
    void settings.NOTIFY_UR;
  },
});
defineHandler('push', {
  permissions: { contents: 'read' },
  // @ts-expect-error nothing is declared
  handle({ settings }) {
    void settings;
  },
});
// @ts-expect-error neither text nor secret
defineHandler('push', { permissions: {}, settings: { NOTIFY_URL: 'url' }, handle });

// What a helper calls, the grant of its handler must allow.
defineHandler('issue_comment.created', {
  permissions: { contents: 'read', issues: 'write' },
  when: ({ payload }) => !isBot(payload),
  async handle({ payload, github }) {
    expectTypeOf(await readConfig(github, payload, 'bot.yml')).toEqualTypeOf<
      Record<string, unknown> | undefined
    >();
    expectTypeOf(await readConfig(github, payload, 'bot.yml', { days: 3 })).toEqualTypeOf<{ days: number }>();
    await github.rest.issues.createComment({ ...toIssue(payload), body: 'Hello' });
    await github.request('GET /repos/{owner}/{repo}/contents/{path}', { ...toRepo(payload), path: 'a' });
  },
});
defineHandler('pull_request', {
  permissions: { issues: 'write' },
  async handle({ payload, github }) {
    // @ts-expect-error needs contents: read
    await readConfig(github, payload, 'bot.yml');
    // @ts-expect-error needs pull_requests: read or contents: read
    await github.request('GET /repos/{owner}/{repo}/pulls/{pull_number}', toPull(payload));
  },
});

// A key takes handlers of its event and of broader ones.
const opened = defineHandler('issues.opened', { permissions: {}, handle });
const issues = defineHandler('issues', { permissions: {}, handle });
const everything = defineHandler('*', { permissions: {}, handle });
const push = defineHandler('push', { permissions: {}, handle });
expectTypeOf(opened).toEqualTypeOf<Handler<'issues.opened'>>();
expectTypeOf<HandlerContext<'push', { contents: 'read' }>>().toEqualTypeOf<
  ContextWithToken<'push', { contents: 'read' }>
>();

defineHandlers({
  'issues.opened': [() => module(opened), () => module(issues), () => module(everything)],
  issues: () => module(issues),
  push: [() => module(push), () => module(everything)],
  '*': () => module(everything),
});
// @ts-expect-error this module handles 'push': under 'issues.opened' its event must be 'issues.opened' or broader
defineHandlers({ 'issues.opened': () => module(push) });
// @ts-expect-error another action
defineHandlers({ 'issues.closed': () => module(opened) });
// @ts-expect-error narrower than its key
defineHandlers({ issues: () => module(opened) });
// @ts-expect-error narrower than everything
defineHandlers({ '*': () => module(issues) });
// @ts-expect-error one of several is of another event
defineHandlers({ issues: [() => module(issues), () => module(push)] });
// A handler of several events stands under each of them; a new event under the word for it.
const several = defineHandler(['issues.opened', 'push'], { name: 'several', permissions: {}, handle });
defineHandlers({
  'issues.opened': () => module(several),
  push: () => module(several),
  [unlisted('issues.entangled')]: () => module(issues),
});
// @ts-expect-error none of its events
defineHandlers({ 'issues.closed': () => module(several) });
// @ts-expect-error no such event: 'issues.opend'. Did you mean 'issues.opened'?
defineHandlers({ 'issues.opend': () => module(issues) });
// @ts-expect-error a module without a default export
defineHandlers({ push: () => Promise.resolve({ handler: push }) });
// @ts-expect-error a handler, where a function that loads its module belongs
defineHandlers({ push });

// A permission that GitHub has and the published list lacks needs a cast; the token is there all the same.
defineHandler('push', {
  permissions: { brand_new: 'read' } as Permissions,
  handle({ github, token }) {
    void github.request;
    void token.expiresAt;
  },
});
