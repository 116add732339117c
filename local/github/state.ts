/**
 * Contents of repositories as requests ask for them, kept by `emulate`. Translates on the way in and out between what
 * fixtures call things and what `emulate` does; judges nothing.
 */
import type { HttpRequest } from '../http/server.ts';
import { parseJson, readText, toObject } from '../../lib/json/json.ts';
import { createContents } from './contents.ts';
import type { Upstream } from './emulated-account.ts';
import type { People } from './people.ts';
import { prepareInvolved } from './involved.ts';
import { answerPullAsIssue } from './pulls-as-issues.ts';
import type { Reactions } from './reactions.ts';
import { paginate, type Reply, refuse, reply } from './replies.ts';
import type { Repositories, Repository } from './repositories.ts';
import { notServed } from './served.ts';
import { createShas, type Shas } from './shas.ts';
import { createShow, type Show, showAsIssue } from './show.ts';
import { createThreads } from './threads.ts';
import type { AppSpec, PullFileSpec, RepositorySpec } from './types.ts';

type StateRequest = Pick<HttpRequest, 'method' | 'query' | 'body'> & { readonly accept?: string };

export interface State {
  /** A new repository, or more for one that is there. Its contents are made when they are first asked for. */
  add(spec: RepositorySpec): void;
  /** When everything that was added is there. */
  ready(): Promise<void>;
  rename(from: Repository, to: Repository): Promise<void>;
  /** @param rest What follows `/repos/OWNER/NAME` in the path. */
  answer(request: StateRequest, repository: Repository, rest: string): Promise<Reply>;
  close(): Promise<void>;
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

  async function pass(request: StateRequest, repository: Repository, path: string): Promise<Upstream> {
    const query = request.query.size > 0 ? `?${request.query.toString()}` : '';
    const account = await contents.accountOf(repository);
    return account.asBot({
      method: request.method,
      target: shas.toReal(`/repos/${repository.fullName}${path}${query}`),
      body: shas.toReal(request.body),
      ...(request.accept !== undefined && { accept: request.accept }),
    });
  }

  /** `emulate` puts a check run on any hash; GitHub only on a commit that it has. */
  async function refuseUnknownCommit(
    { method, body }: StateRequest,
    repository: Repository,
    rest: string,
  ): Promise<Reply | undefined> {
    if (method !== 'POST' || rest !== '/check-runs') return undefined;
    const sha = readText(parseJson(body), 'head_sha');
    if (sha === undefined) return undefined;
    const asked = { method: 'GET', query: new URLSearchParams(), body: '' };
    const found = await pass(asked, repository, `/git/commits/${sha}`);
    return found.status === 200 ? undefined : refuse(422, `No commit found for SHA: ${sha}`);
  }

  async function passAndShow(
    method: string,
    repository: Repository,
    path: string,
    body: object,
  ): Promise<Reply> {
    const request = {
      method,
      query: new URLSearchParams(),
      body: method === 'GET' ? '' : JSON.stringify(body),
    };
    return translate(await pass(request, repository, path), { shas, show });
  }

  async function answerThread(
    request: StateRequest,
    repository: Repository,
    { kind, number, more, rest }: ThreadPath,
  ): Promise<Reply> {
    const thread = threads.at(repository.id, number);
    if (!thread) return refuse(404, 'Not Found');
    if (more === '/files' && request.method === 'GET' && thread.kind === 'pull') {
      return listFiles(thread.pull?.files, `${url}/repos/${repository.fullName}${rest}`, request);
    }
    const account = await contents.accountOf(repository);
    if (kind === 'issues' && thread.kind === 'pull') {
      const ours = await answerPullAsIssue(request, more, {
        thread,
        knows: (login) => account.knows(login),
        change: (changes) => threads.change(repository.id, number, changes),
        pass: (method, path, body) => passAndShow(method, repository, path, body),
      });
      if (ours) return ours;
    }
    const prepared = await prepareInvolved(request, more, repository, account);
    if ('status' in prepared) return prepared;
    const asIssue = kind === 'issues' && thread.kind === 'pull' && more === '';
    const path = `/${asIssue ? 'pulls' : kind}/${thread.inner}${more}`;
    const translated = translate(await pass({ ...request, ...prepared }, repository, path), { shas, show });
    if (translated.status >= 400) return translated;
    if (asIssue) return { ...translated, body: showAsIssue(translated.body) };
    // Source: OpenAPI, `issues/add-assignees` and `pulls/request-reviewers`; `emulate` says 200.
    const creates = request.method === 'POST' && (more === '/assignees' || more === '/requested_reviewers');
    return creates ? { ...translated, status: 201 } : translated;
  }

  return {
    add: contents.add,
    ready: contents.ready,
    rename: contents.rename,
    close: contents.close,
    async answer(request, repository, rest) {
      await contents.settle(repository);
      const [, kind, number, more = ''] = /^\/(issues|pulls)\/(\d+)(\/.*)?$/.exec(rest) ?? [];
      if (kind !== undefined) {
        return answerThread(request, repository, { kind, number: Number(number), more, rest });
      }
      const unknown = await refuseUnknownCommit(request, repository, rest);
      return unknown ?? translate(await pass(request, repository, rest), { shas, show });
    },
  };
}

/** `/issues/12/labels`, taken apart. */
interface ThreadPath {
  readonly kind: string;
  readonly number: number;
  readonly more: string;
  readonly rest: string;
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

/** `emulate` makes files up: those that nobody wrote down are not served. */
function listFiles(files: readonly PullFileSpec[] | undefined, url: string, { query }: StateRequest): Reply {
  const route = 'GET /repos/{owner}/{repo}/pulls/{pull_number}/files';
  if (files === undefined) return notServed({ method: 'GET', path: url }, route);
  const { page, headers } = paginate(files, url, query);
  const shown = page.map(({ filename, status = 'modified', additions = 0, deletions = 0, patch }) => {
    return { filename, status, additions, deletions, changes: additions + deletions, patch };
  });
  return reply(200, shown, headers);
}
