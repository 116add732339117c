/** Sets the scene in `emulate`: repositories, branches, labels, issues and pull requests as they were asked for. */
import { parseJson, readText, toObject } from '../../lib/json/json.ts';
import type { EmulatedAccount } from './emulated-account.ts';
import type { Repository } from './repositories.ts';
import { furnishThread, type SceneDeps } from './scene-threads.ts';
import type { IssueSpec, LabelSpec, MilestoneSpec, PullSpec, RepositorySpec } from './types.ts';

export async function createRepository(
  spec: RepositorySpec,
  { name, fullName }: Repository,
  deps: SceneDeps,
) {
  const { account } = deps;
  const branch = spec.defaultBranch ?? 'main';
  await account.asOwner('POST', '/user/repos', { name, private: spec.private ?? false, auto_init: true });
  if (branch === 'main') return;
  const tip = await tipOf(fullName, 'main', account);
  await account.asOwner('POST', `/repos/${fullName}/git/refs`, { ref: `refs/heads/${branch}`, sha: tip });
  await account.asOwner('PATCH', `/repos/${fullName}`, { default_branch: branch });
}

/** Adds what is not there yet; a number that is taken keeps what it has. */
export async function fillRepository(spec: RepositorySpec, repository: Repository, deps: SceneDeps) {
  const { shas, threads } = deps;
  for (const label of spec.labels ?? []) await createLabel(label, repository, deps);
  for (const milestone of spec.milestones ?? []) await createMilestone(milestone, repository, deps);
  for (const [path, text] of Object.entries(spec.files ?? {})) await writeFile(path, text, repository, deps);
  for (const branch of spec.branches ?? []) await createBranch(branch, repository, deps);
  for (const sha of spec.commits ?? []) {
    if (!shas.has(sha)) await createCommit(sha, repository, deps);
  }
  for (const issue of spec.issues ?? []) {
    if (!threads.at(repository.id, issue.number)) await createIssue(issue, repository, deps);
  }
  for (const pull of spec.pulls ?? []) {
    if (!threads.at(repository.id, pull.number)) await createPull(pull, repository, deps);
  }
}

async function createLabel(
  { name, color, description }: LabelSpec,
  { fullName }: Repository,
  { account }: SceneDeps,
) {
  const body = {
    name,
    ...(color !== undefined && { color }),
    ...(description !== undefined && { description }),
  };
  const known = await account.asBot({
    method: 'GET',
    target: `/repos/${fullName}/labels/${encodeURIComponent(name)}`,
  });
  if (known.status === 404) await account.asOwner('POST', `/repos/${fullName}/labels`, body);
}

async function createMilestone(milestone: MilestoneSpec, { fullName }: Repository, { account }: SceneDeps) {
  const known = await account.listAsOwner(`/repos/${fullName}/milestones?state=all&per_page=100`);
  if (known.some((each) => readText(each, 'title') === milestone.title)) return;
  await account.asOwner('POST', `/repos/${fullName}/milestones`, { ...milestone });
}

/** Each is a commit of its own on the default branch. */
async function writeFile(path: string, text: string, { fullName }: Repository, { account }: SceneDeps) {
  const target = `/repos/${fullName}/contents/${path.split('/').map(encodeURIComponent).join('/')}`;
  const known = await account.asBot({ method: 'GET', target });
  const sha = known.status === 200 ? readText(parseJson(known.text), 'sha') : undefined;
  const content = Buffer.from(text).toString('base64');
  const body = { message: `Write ${path}`, content, ...(sha !== undefined && { sha }) };
  await account.asOwner('PUT', target, body);
}

async function createBranch(branch: string, { fullName }: Repository, { account }: SceneDeps) {
  const target = `/repos/${fullName}/git/ref/heads/${branch}`;
  if ((await account.asBot({ method: 'GET', target })).status === 200) return;
  const sha = await tipOf(fullName, await defaultBranchOf(fullName, account), account);
  await account.asOwner('POST', `/repos/${fullName}/git/refs`, { ref: `refs/heads/${branch}`, sha });
}

async function createIssue(issue: IssueSpec, repository: Repository, deps: SceneDeps) {
  const { account, threads } = deps;
  const body = { title: issue.title, body: issue.body ?? null };
  const made = await account.asOwner('POST', `/repos/${repository.fullName}/issues`, body);
  const inner = Number(made['number']);
  threads.add(repository.id, { number: issue.number, inner, kind: 'issue', issue });
  await furnishThread(issue, inner, repository, deps);
}

/** Every pull request has a branch of its own, so that two forks may both call theirs `patch-1`. */
async function createPull(pull: PullSpec, repository: Repository, deps: SceneDeps) {
  const { account, shas, threads } = deps;
  const path = `/repos/${repository.fullName}`;
  if (!shas.has(pull.head.sha)) await createCommit(pull.head.sha, repository, deps);
  const head = `pulls/${pull.number}`;
  await account.asOwner('POST', `${path}/git/refs`, {
    ref: `refs/heads/${head}`,
    sha: shas.toReal(pull.head.sha),
  });
  const made = await account.asOwner('POST', `${path}/pulls`, {
    title: pull.title,
    body: pull.body ?? null,
    head,
    base: pull.base ?? (await defaultBranchOf(repository.fullName, account)),
    draft: pull.draft ?? false,
  });
  threads.add(repository.id, {
    number: pull.number,
    inner: Number(made['number']),
    kind: 'pull',
    issue: pull,
    pull,
  });
  await furnishThread(pull, Number(made['number']), repository, deps);
}

/** An empty commit on top of the default branch, known by the hash that was asked for. */
async function createCommit(sha: string, { fullName }: Repository, { account, shas }: SceneDeps) {
  const path = `/repos/${fullName}/git`;
  const parent = await tipOf(fullName, await defaultBranchOf(fullName, account), account);
  const { tree } = await account.asOwner('GET', `${path}/commits/${parent}`);
  const made = await account.asOwner('POST', `${path}/commits`, {
    message: `stands for ${sha}`,
    tree: readText(toObject(tree), 'sha') ?? '',
    parents: [parent],
  });
  shas.add(sha, readText(made, 'sha') ?? '');
}

async function tipOf(fullName: string, branch: string, account: EmulatedAccount): Promise<string> {
  const { object } = await account.asOwner('GET', `/repos/${fullName}/git/ref/heads/${branch}`);
  return readText(toObject(object), 'sha') ?? '';
}

async function defaultBranchOf(fullName: string, account: EmulatedAccount): Promise<string> {
  return readText(await account.asOwner('GET', `/repos/${fullName}`), 'default_branch') ?? 'main';
}
