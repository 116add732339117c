/** What calls about the subject of a delivery say: `{ ...toIssue(payload), body }`. Pure. */

interface OfRepository {
  readonly repository?: { readonly name: string; readonly owner: { readonly login: string } | null };
}

interface Numbered {
  readonly number: number;
}

interface OfIssue extends OfRepository {
  readonly issue?: Numbered;
  readonly pull_request?: Numbered;
}

/** @throws Error Where the payload has no repository: the events of an organization have none. */
export function toRepo({ repository }: OfRepository): { readonly owner: string; readonly repo: string } {
  if (!repository?.owner) throw new Error('The payload has no repository with an owner.');
  return { owner: repository.owner.login, repo: repository.name };
}

/**
 * Of an issue, or of a pull request, which is an issue as well.
 *
 * @throws Error Where the payload has neither.
 */
export function toIssue(payload: OfIssue): ReturnType<typeof toRepo> & { readonly issue_number: number } {
  const numbered = payload.issue ?? payload.pull_request;
  if (numbered === undefined) throw new Error('The payload has no issue and no pull request.');
  return { ...toRepo(payload), issue_number: numbered.number };
}

/** @throws Error Where the payload has no pull request. A comment on one has: its `issue` is the pull request. */
export function toPull(payload: OfIssue): ReturnType<typeof toRepo> & { readonly pull_number: number } {
  const numbered = payload.pull_request ?? payload.issue;
  if (numbered === undefined) throw new Error('The payload has no pull request.');
  return { ...toRepo(payload), pull_number: numbered.number };
}

/**
 * Whether an App did what the delivery is about, this one among others. GitHub delivers to an App also what it did
 * itself: a handler that answers comments with comments asks this in `when`.
 */
export function isBot({ sender }: { readonly sender?: { readonly type?: string } }): boolean {
  return sender?.type === 'Bot';
}
