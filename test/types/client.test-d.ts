/** What the compiler says of a client's calls: checked by `npm run check:types`. */
import type { Octokit } from '@octokit/core';
import { composePaginateRest } from '@octokit/plugin-paginate-rest';
import { restEndpointMethods } from '@octokit/plugin-rest-endpoint-methods';
import { expectTypeOf } from 'vitest';
import { type GitHubClient, type Permissions, unchecked } from 'hookmint';

declare const github: GitHubClient<{ readonly issues: 'write'; readonly checks: 'read' }>;
declare const all: GitHubClient;
/** Of permissions that a cast made wide. */
declare const wide: GitHubClient<Permissions>;

const widgets = { owner: 'octo-org', repo: 'widgets' };
const check = { ...widgets, name: 'lint', head_sha: 'c0ffee' };

// request: Octokit's parameters and answers.
const labelled = github.request('POST /repos/{owner}/{repo}/issues/{issue_number}/labels', {
  ...widgets,
  issue_number: 1,
  labels: ['triage'],
});
expectTypeOf((await labelled).data[0]?.name).toEqualTypeOf<string | undefined>();
void github.request('POST /repos/{owner}/{repo}/issues/{issue_number}/labels', {
  ...widgets,
  issue_number: 1,
  // @ts-expect-error a misspelt parameter
  label: ['triage'],
});
// @ts-expect-error its parameters are needed
void github.request('GET /repos/{owner}/{repo}/issues');
// @ts-expect-error needs checks: write
void github.request('POST /repos/{owner}/{repo}/check-runs', check);
// @ts-expect-error not for installation tokens
void all.request('GET /user');
// @ts-expect-error no such route
void all.request('GET /repos/{owner}/{repo}/isues', widgets);
// What is not checked.
void all.request('POST /repos/{owner}/{repo}/check-runs', check);
void wide.request('POST /repos/{owner}/{repo}/check-runs', check);
void github.request(unchecked('GET /brand/{new}'), { new: 'route' });
void github.graphql('{ viewer { login } }');

// paginate: by route, by method, with a function for each page, page by page.
const issues = github.paginate('GET /repos/{owner}/{repo}/issues', widgets);
expectTypeOf((await issues)[0]?.title).toEqualTypeOf<string | undefined>();
expectTypeOf((await github.paginate(github.rest.issues.listForRepo, widgets))[0]?.title).toEqualTypeOf<
  string | undefined
>();
const titles = github.paginate('GET /repos/{owner}/{repo}/issues', widgets, ({ data }, done) => {
  done();
  return data.map(({ title }) => title);
});
expectTypeOf(await titles).toEqualTypeOf<string[]>();
for await (const { data } of github.paginate.iterator('GET /repos/{owner}/{repo}/issues', widgets))
  expectTypeOf(data[0]?.title).toEqualTypeOf<string | undefined>();
// @ts-expect-error needs pull_requests: read
void github.paginate('GET /repos/{owner}/{repo}/pulls', widgets);
// @ts-expect-error needs pull_requests: read
void github.paginate(github.rest.pulls.list, widgets);

// rest: by name.
void github.rest.issues.createComment({ ...widgets, issue_number: 1, body: 'Hello' });
// @ts-expect-error a misspelt parameter
void github.rest.issues.createComment({ ...widgets, issue_number: 1, bodi: 'Hello' });
// @ts-expect-error needs checks: write
void github.rest.checks.create(check);
// @ts-expect-error no such method
void github.rest.issues.createComent;

// A client that may do more passes for one that may do less, never the other way.
declare function read(client: GitHubClient<{ issues: 'read' }>): void;
declare function change(client: GitHubClient<{ checks: 'write' }>): void;
declare function rule(client: GitHubClient): void;
read(github);
read(all);
read(wide);
rule(all);
// @ts-expect-error checks: read is less than write
change(github);
// @ts-expect-error not all
rule(github);

// Octokit's own types, and its plugins, take it.
expectTypeOf(github).toExtend<Octokit>();
void composePaginateRest(github, 'GET /repos/{owner}/{repo}/issues', widgets);
void restEndpointMethods(github);
