/** The third step: the handler gets its token and the client that carries it. */
import type { Authority, GitHubApp } from '../github/app.ts';
import type { BoundLog } from '../log/log.ts';
import type { Wish } from './ask.ts';
import type { Job } from './job.ts';

interface AuthoriseDeps {
  readonly app: Pick<GitHubApp, 'authorise'>;
  /** Aborts when the handler has ended: its client then refuses new calls. */
  readonly signal: AbortSignal;
  /** Bound to the handler. */
  readonly log: BoundLog;
}

/**
 * @param wish Absent for a handler that needs no token.
 * @returns undefined for such a handler.
 * @throws ServiceFault What stood against a grant when the handler was asked, and what `GitHubApp.authorise` throws.
 */
export async function authorise(
  wish: Wish | undefined,
  job: Job,
  { app, signal, log }: AuthoriseDeps,
): Promise<Authority | undefined> {
  if (wish === undefined) return undefined;
  if ('refusal' in wish) throw wish.refusal;
  return app.authorise(wish.grant, { ...job, deadline: { ...job.deadline, signal }, log });
}
