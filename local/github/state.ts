/**
 * Contents of repositories as requests ask for them, kept by `emulate`. Translates on the way in and out between what
 * fixtures call things and what `emulate` does; judges nothing.
 */
import { parseJson, readText, toObject } from '../../lib/json/json.ts';
import { type Contents, createContents } from './contents.ts';
import type { Upstream } from './emulated-account.ts';
import type { People } from './people.ts';
import type { Reactions } from './reactions.ts';
import { type Reply, refuse, reply } from './replies.ts';
import type { Repositories, Repository } from './repositories.ts';
import { createShas, type Shas } from './shas.ts';
import { createShow, type Show } from './show.ts';
import { answerThread, type Pass, readThreadPath, type StateRequest } from './thread-requests.ts';
import { createThreads } from './threads.ts';
import type { AppSpec } from './types.ts';

export interface State extends Omit<Contents, 'accountOf' | 'settle'> {
  /** @param rest What follows `/repos/OWNER/NAME` in the path. */
  answer(request: StateRequest, repository: Repository, rest: string): Promise<Reply>;
}

interface StateDeps {
  readonly app: AppSpec;
  readonly url: string;
  readonly people: People;
  readonly repositories: Repositories;
  readonly reactions: Pick<Reactions, 'add'>;
}

export function createState(deps: StateDeps): State {
  const { url } = deps;
  const shas = createShas();
  const threads = createThreads();
  const contents = createContents({ ...deps, shas, threads });
  const show = createShow({ ...deps, threads });

  /** Hands a request on to `emulate`, in its words, and its answer back in ours. */
  const pass: Pass = async (request, repository, path) => {
    const query = request.query.size > 0 ? `?${request.query.toString()}` : '';
    const account = await contents.accountOf(repository);
    const answered = await account.asBot({
      method: request.method,
      target: shas.toReal(`/repos/${repository.fullName}${path}${query}`),
      body: shas.toReal(request.body),
      ...(request.accept !== undefined && { accept: request.accept }),
    });
    return translate(answered, { shas, show });
  };

  return {
    add: (spec) => contents.add(spec),
    ready: () => contents.ready(),
    rename: (from, to) => contents.rename(from, to),
    close: () => contents.close(),
    async answer(request, repository, rest) {
      await contents.settle(repository);
      const path = readThreadPath(rest);
      if (path !== undefined) {
        const account = await contents.accountOf(repository);
        return answerThread(request, path, { repository, account, threads, pass, url });
      }
      return (await refuseUnknownCommit(request, repository, rest, pass)) ?? pass(request, repository, rest);
    },
  };
}

/** `emulate` puts a check run on any hash; GitHub only on a commit that it has. */
async function refuseUnknownCommit(
  { method, body }: StateRequest,
  repository: Repository,
  rest: string,
  pass: Pass,
): Promise<Reply | undefined> {
  if (method !== 'POST' || rest !== '/check-runs') return undefined;
  const sha = readText(parseJson(body), 'head_sha');
  if (sha === undefined) return undefined;
  const asked = { method: 'GET', query: new URLSearchParams(), body: '' };
  const found = await pass(asked, repository, `/git/commits/${sha}`);
  return found.status === 200 ? undefined : refuse(422, `No commit found for SHA: ${sha}`);
}

function translate(
  { status, headers, text }: Upstream,
  { shas, show }: { readonly shas: Shas; readonly show: Show },
): Reply {
  const body = parseJson(shas.toGiven(text));
  if (body === undefined || !headers['content-type']?.includes('json')) {
    return text === '' ? { status } : { status, headers, text };
  }
  if (status >= 400) return refuse(status, readText(toObject(body), 'message') ?? 'Server Error');
  return reply(status, show(body), headers);
}
