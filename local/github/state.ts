/**
 * Contents of repositories, kept by `emulate`, one instance for each account. Translates on the way in and out between
 * what fixtures call things and what `emulate` does; judges nothing.
 */
import type { HttpRequest } from '../http/server.ts';
import { parseJson, readText, toObject } from '../../lib/json/json.ts';
import type { EmulatedAccount, Upstream } from './emulated-account.ts';
import type { People } from './people.ts';
import { paginate, type Reply, refuse, reply } from './replies.ts';
import type { Repositories, Repository } from './repositories.ts';
import { createRepository, fillRepository } from './scene.ts';
import { createShas } from './shas.ts';
import { createShow, showAsIssue } from './show.ts';
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

export function createState(deps: {
  readonly app: AppSpec;
  readonly url: string;
  readonly people: People;
  readonly repositories: Repositories;
}): State {
  const { app, url, repositories } = deps;
  const accounts = new Map<string, Promise<EmulatedAccount>>();
  const shas = createShas();
  const threads = createThreads();
  /** By repository: what was added and not made yet, and the making of all before it. */
  const wanted = new Map<number, RepositorySpec[]>();
  const filled = new Map<number, Promise<void>>();
  const show = createShow({ ...deps, threads });

  function accountOf({ owner }: Repository): Promise<EmulatedAccount> {
    const key = owner.toLowerCase();
    const account = accounts.get(key) ?? start(owner);
    accounts.set(key, account);
    return account;
  }

  /** Loaded when first needed: `emulate` takes a third of a second, and many tests never get here. */
  async function start(owner: string): Promise<EmulatedAccount> {
    const { startAccount } = await import('./emulated-account.ts');
    return startAccount(owner, app.slug, new URL(url).host);
  }

  /** Makes what was added to a repository since it was last asked for; each wish waits for the one before. */
  function settle(repository: Repository): Promise<void> {
    const wishes = wanted.get(repository.id) ?? [];
    wanted.delete(repository.id);
    const before = filled.get(repository.id);
    if (wishes.length === 0) return before ?? Promise.resolve();
    const made = fill(repository, wishes, before);
    filled.set(repository.id, made);
    return made;
  }

  async function fill(
    repository: Repository,
    wishes: readonly RepositorySpec[],
    before: Promise<void> | undefined,
  ): Promise<void> {
    await before;
    const scene = { account: await accountOf(repository), shas, threads };
    for (const [index, spec] of wishes.entries()) {
      if (before === undefined && index === 0) await createRepository(spec, repository, scene);
      await fillRepository(spec, repository, scene);
    }
  }

  async function pass(request: StateRequest, repository: Repository, path: string): Promise<Upstream> {
    const query = request.query.size > 0 ? `?${request.query.toString()}` : '';
    const account = await accountOf(repository);
    return account.asBot({
      method: request.method,
      target: shas.toReal(`/repos/${repository.fullName}${path}${query}`),
      body: shas.toReal(request.body),
      ...(request.accept !== undefined && { accept: request.accept }),
    });
  }

  function translate({ status, headers, text }: Upstream): Reply {
    const body = parseJson(shas.toGiven(text));
    if (body === undefined || !headers['content-type']?.includes('json')) {
      return text === '' ? { status } : { status, headers, text };
    }
    if (status >= 400) return refuse(status, readText(toObject(body), 'message') ?? 'Server Error');
    return reply(status, show(body), headers);
  }

  return {
    add(spec) {
      const repository = repositories.named(spec.full_name) ?? repositories.add(spec);
      wanted.set(repository.id, [...(wanted.get(repository.id) ?? []), spec]);
    },
    async ready() {
      for (const repository of repositories.all()) await settle(repository);
    },
    async rename(from, to) {
      await settle(from);
      const account = await accountOf(from);
      await account.asOwner('PATCH', `/repos/${from.fullName}`, { name: to.name });
    },
    async answer(request, repository, rest) {
      await settle(repository);
      const [, kind, number, more = ''] = /^\/(issues|pulls)\/(\d+)(\/.*)?$/.exec(rest) ?? [];
      if (kind === undefined) {
        const unknown = await refuseUnknownCommit(request, repository, rest);
        return unknown ?? translate(await pass(request, repository, rest));
      }
      const thread = threads.at(repository.id, Number(number));
      if (!thread) return refuse(404, 'Not Found');
      if (more === '/files' && request.method === 'GET' && thread.pull?.files) {
        return listFiles(thread.pull.files, `${url}/repos/${repository.fullName}${rest}`, request);
      }
      const asIssue = kind === 'issues' && thread.kind === 'pull' && more === '';
      const path = `/${asIssue ? 'pulls' : kind}/${thread.inner}${more}`;
      const translated = translate(await pass(request, repository, path));
      return asIssue && translated.status < 400
        ? { ...translated, body: showAsIssue(translated.body) }
        : translated;
    },
    async close() {
      for (const account of accounts.values()) await (await account).close();
    },
  };

  /** `emulate` puts a check run on any hash; GitHub only on a commit that it has. */
  async function refuseUnknownCommit(
    { method, body }: StateRequest,
    repository: Repository,
    rest: string,
  ): Promise<Reply | undefined> {
    if (method !== 'POST' || rest !== '/check-runs') return undefined;
    const sha = readText(toObject(parseJson(body)), 'head_sha');
    if (sha === undefined) return undefined;
    const found = await pass(
      { method: 'GET', query: new URLSearchParams(), body: '' },
      repository,
      `/git/commits/${sha}`,
    );
    return found.status === 200 ? undefined : refuse(422, `No commit found for SHA: ${sha}`);
  }
}

/** `emulate` makes files up. */
function listFiles(files: readonly PullFileSpec[], url: string, { query }: StateRequest): Reply {
  const { page, headers } = paginate(files, url, query);
  const shown = page.map(({ filename, status = 'modified', additions = 0, deletions = 0, patch }) => {
    return { filename, status, additions, deletions, changes: additions + deletions, patch };
  });
  return reply(200, shown, headers);
}
