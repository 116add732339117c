/** What an issue or a pull request of the scene has besides its title: comments, labels, people, reactions. */
import { readText } from '../../lib/json/json.ts';
import type { Repository } from './repositories.ts';
import type { Reactions } from './reactions.ts';
import type { EmulatedAccount } from './emulated-account.ts';
import type { Shas } from './shas.ts';
import type { Threads } from './threads.ts';
import type { CommentSpec, IssueSpec, PullSpec } from './types.ts';

export interface SceneDeps {
  readonly reactions: Pick<Reactions, 'add'>;
  readonly account: EmulatedAccount;
  readonly shas: Shas;
  readonly threads: Threads;
}

/** @param inner The number that `emulate` gave it. */
export async function furnishThread(
  spec: IssueSpec & Partial<Pick<PullSpec, 'requestedReviewers'>>,
  inner: number,
  repository: Repository,
  deps: SceneDeps,
): Promise<void> {
  const { account, reactions, threads } = deps;
  const path = `/repos/${repository.fullName}/issues/${inner}`;
  const isPull = threads.at(repository.id, spec.number)?.kind === 'pull';
  for (const comment of spec.comments ?? []) await addComment(comment, path, repository, deps);
  for (const reaction of spec.reactions ?? []) reactions.add(repository, `/issues/${spec.number}`, reaction);
  if (spec.labels?.length) await account.asOwner('POST', `${path}/labels`, { labels: spec.labels });
  for (const login of [...(spec.assignees ?? []), ...(spec.requestedReviewers ?? [])]) {
    await letIn(login, repository, deps);
  }
  if (spec.assignees?.length && isPull) {
    threads.change(repository.id, spec.number, { assignees: spec.assignees });
  } else if (spec.assignees?.length) {
    await account.asOwner('POST', `${path}/assignees`, { assignees: spec.assignees });
  }
  if (spec.requestedReviewers?.length) {
    const reviewers = `/repos/${repository.fullName}/pulls/${inner}/requested_reviewers`;
    await account.asOwner('POST', reviewers, { reviewers: spec.requestedReviewers });
  }
  const milestone = await findMilestone(spec.milestone, repository, deps);
  if (milestone !== undefined) await account.asOwner('PATCH', path, { milestone });
  if (spec.locked && isPull) {
    threads.change(repository.id, spec.number, { lock: { reason: null } });
  } else if (spec.locked) {
    await account.asOwner('PUT', `${path}/lock`, {});
  }
  if (spec.state === 'closed') await account.asOwner('PATCH', path, { state: 'closed' });
}

/** `emulate` lets nobody into a private repository who is not a collaborator there. What we say of them is ours. */
export async function letIn(
  login: string,
  { owner, fullName }: Repository,
  { account }: Pick<SceneDeps, 'account'>,
): Promise<void> {
  if (login.toLowerCase() === owner.toLowerCase() || !account.knows(login)) return;
  const path = `/repos/${fullName}/collaborators/${encodeURIComponent(login)}`;
  await account.asOwner('PUT', path, { permission: 'push' });
}

async function addComment(
  { user, body, reactions = [] }: CommentSpec,
  path: string,
  repository: Repository,
  deps: SceneDeps,
): Promise<void> {
  const { account } = deps;
  const id = await (
    user === undefined
      ? account.asApp('POST', `${path}/comments`, { body })
      : letIn(user, repository, deps).then(() => account.asUser(user, 'POST', `${path}/comments`, { body }))
  ).then((made) => Number(made['id']));
  for (const reaction of reactions) deps.reactions.add(repository, `/issues/comments/${id}`, reaction);
}

async function findMilestone(
  title: string | undefined,
  { fullName }: Repository,
  { account }: SceneDeps,
): Promise<number | undefined> {
  if (title === undefined) return undefined;
  const made = await account.listAsOwner(`/repos/${fullName}/milestones?state=all&per_page=100`);
  const number = made.find((each) => readText(each, 'title') === title)?.['number'];
  if (typeof number !== 'number')
    throw new Error(`${fullName} has no milestone '${title}': list it in \`milestones\``);
  return number;
}
