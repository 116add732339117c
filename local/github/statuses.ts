/** Statuses of commits, which `emulate` does not keep. */
import { type JsonObject, parseJson, readText, toObject } from '../../lib/json/json.ts';
import type { HttpRequest } from '../http/server.ts';
import { describeRepository } from './describe-repository.ts';
import { paginate, type Reply, refuse, reply, toSeconds } from './replies.ts';
import type { Repository } from './repositories.ts';
import type { StatusSpec } from './types.ts';
import type { People } from './people.ts';

export interface Statuses {
  /**
   * `undefined`: not about statuses.
   *
   * @param toSha The commit that a branch, a tag or a hash names; undefined where there is none.
   */
  answer(
    request: HttpRequest,
    repository: Repository,
    rest: string,
    toSha: (ref: string) => Promise<string | undefined>,
  ): Promise<Reply | undefined>;
  add(repository: Repository, status: StatusSpec): void;
}

interface Status {
  readonly id: number;
  readonly state: string;
  readonly context: string;
  readonly description: string | null;
  readonly targetUrl: string | null;
  readonly createdAt: Date;
}

/** Source: OpenAPI, `repos/create-commit-status`. */
const STATES = ['error', 'failure', 'pending', 'success'];

interface StatusesDeps {
  /** Login of the App's bot, who creates them. */
  readonly bot: string;
  readonly people: People;
  readonly url: string;
  readonly now: () => number;
}

export function createStatuses(deps: StatusesDeps): Statuses {
  const { url } = deps;
  const store = createStore(deps.now);
  return {
    add(repository, { sha, state, context = 'default', description = null }) {
      store.insert(repository, sha, { state, context, description, targetUrl: null });
    },
    async answer({ method, path, query, body }, repository, rest, toSha) {
      const [, written] = /^\/statuses\/([^/]+)$/.exec(rest) ?? [];
      const [, read, kind] = /^\/commits\/(.+)\/(status|statuses)$/.exec(rest) ?? [];
      const ref = method === 'POST' ? written : read;
      if (ref === undefined || (method !== 'POST' && method !== 'GET')) return undefined;
      const sha = await toSha(decodeURIComponent(ref));
      if (sha === undefined) return refuse(422, `No commit found for SHA: ${ref}`);
      if (method === 'POST') {
        const asked = readStatus(body);
        if (asked === undefined) return refuse(422, 'Validation Failed');
        return reply(201, describe(store.insert(repository, sha, asked), deps));
      }
      const all = store.of(repository, sha);
      if (kind === 'status') return reply(200, combine(all, repository, sha, deps));
      const { page, headers } = paginate(all, `${url}${path}`, query);
      return reply(
        200,
        page.map((status) => describe(status, deps)),
        headers,
      );
    },
  };
}

function createStore(now: () => number) {
  const byCommit = new Map<string, Status[]>();
  let nextId = 1;
  /** Newest first. */
  const of = ({ id }: Repository, sha: string): readonly Status[] => byCommit.get(`${id}/${sha}`) ?? [];
  return {
    of,
    insert(repository: Repository, sha: string, status: Omit<Status, 'id' | 'createdAt'>): Status {
      const added = { ...status, id: nextId++, createdAt: new Date(now()) };
      byCommit.set(`${repository.id}/${sha}`, [added, ...of(repository, sha)]);
      return added;
    },
  };
}

function readStatus(body: string): Omit<Status, 'id' | 'createdAt'> | undefined {
  const asked = toObject(parseJson(body));
  const state = readText(asked, 'state');
  if (state === undefined || !STATES.includes(state)) return undefined;
  return {
    state,
    context: readText(asked, 'context') ?? 'default',
    description: readText(asked, 'description') ?? null,
    targetUrl: readText(asked, 'target_url') ?? null,
  };
}

/** Source: OpenAPI schema `status`. */
function describe(
  { id, state, context, description, targetUrl, createdAt }: Status,
  { people, bot }: StatusesDeps,
): JsonObject {
  return {
    id,
    state,
    context,
    description,
    target_url: targetUrl,
    creator: people.describe(bot),
    created_at: toSeconds(createdAt),
    updated_at: toSeconds(createdAt),
  };
}

/** The newest of each context. Source: GitHub docs, "Get the combined status for a specific reference". */
function combine(
  all: readonly Status[],
  repository: Repository,
  sha: string,
  deps: StatusesDeps,
): JsonObject {
  const newest = new Map<string, Status>();
  for (const status of all.toReversed()) newest.set(status.context, status);
  const statuses = [...newest.values()];
  return {
    state: toCombined(statuses.map(({ state }) => state)),
    sha,
    total_count: statuses.length,
    statuses: statuses.map((status) => describe(status, deps)),
    repository: describeRepository(repository, deps),
    url: `${deps.url}/repos/${repository.fullName}/commits/${sha}/status`,
  };
}

/** `failure` where anything failed, `pending` where anything is or nothing was said. */
function toCombined(states: readonly string[]): string {
  if (states.some((state) => state === 'error' || state === 'failure')) return 'failure';
  return states.length > 0 && states.every((state) => state === 'success') ? 'success' : 'pending';
}
