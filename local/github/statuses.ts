/** Statuses of commits, which `emulate` does not keep. */
import { type JsonObject, parseJson, readText, toObject } from '../../lib/json/json.ts';
import type { HttpRequest } from '../http/server.ts';
import { describeRepository, toSeconds } from './describe.ts';
import { paginate, type Reply, refuse, reply } from './replies.ts';
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

export function createStatuses({ bot, people, url, now }: StatusesDeps): Statuses {
  const byCommit = new Map<string, Status[]>();
  let nextId = 1;

  /** Newest first. */
  const of = ({ id }: Repository, sha: string): readonly Status[] => byCommit.get(`${id}/${sha}`) ?? [];
  const insert = (repository: Repository, sha: string, status: Omit<Status, 'id' | 'createdAt'>): Status => {
    const added = { ...status, id: nextId++, createdAt: new Date(now()) };
    byCommit.set(`${repository.id}/${sha}`, [added, ...of(repository, sha)]);
    return added;
  };
  const describe = ({ id, state, context, description, targetUrl, createdAt }: Status): JsonObject => ({
    id,
    state,
    context,
    description,
    target_url: targetUrl,
    creator: people.describe(bot),
    created_at: toSeconds(createdAt),
    updated_at: toSeconds(createdAt),
  });

  function create(repository: Repository, sha: string, body: string): Reply {
    const asked = toObject(parseJson(body));
    const state = readText(asked, 'state');
    if (state === undefined || !STATES.includes(state)) return refuse(422, 'Validation Failed');
    const status = insert(repository, sha, {
      state,
      context: readText(asked, 'context') ?? 'default',
      description: readText(asked, 'description') ?? null,
      targetUrl: readText(asked, 'target_url') ?? null,
    });
    return reply(201, describe(status));
  }

  /** The newest of each context. Source: GitHub docs, "Get the combined status for a specific reference". */
  function combine(repository: Repository, sha: string): Reply {
    const newest = new Map<string, Status>();
    for (const status of of(repository, sha).toReversed()) newest.set(status.context, status);
    const statuses = [...newest.values()];
    return reply(200, {
      state: toCombined(statuses.map(({ state }) => state)),
      sha,
      total_count: statuses.length,
      statuses: statuses.map(describe),
      repository: describeRepository(repository, { url, people }),
      url: `${url}/repos/${repository.fullName}/commits/${sha}/status`,
    });
  }

  return {
    add(repository, { sha, state, context = 'default', description = null }) {
      insert(repository, sha, { state, context, description, targetUrl: null });
    },
    async answer({ method, path, query, body }, repository, rest, toSha) {
      const [, written] = /^\/statuses\/([^/]+)$/.exec(rest) ?? [];
      const [, read, kind] = /^\/commits\/(.+)\/(status|statuses)$/.exec(rest) ?? [];
      const ref = method === 'POST' ? written : read;
      if (ref === undefined || (method !== 'POST' && method !== 'GET')) return undefined;
      const sha = await toSha(decodeURIComponent(ref));
      if (sha === undefined) return refuse(422, `No commit found for SHA: ${ref}`);
      if (method === 'POST') return create(repository, sha, body);
      if (kind === 'status') return combine(repository, sha);
      const { page, headers } = paginate(of(repository, sha), `${url}${path}`, query);
      return reply(200, page.map(describe), headers);
    },
  };
}

/** `failure` where anything failed, `pending` where anything is or nothing was said. */
function toCombined(states: readonly string[]): string {
  if (states.some((state) => state === 'error' || state === 'failure')) return 'failure';
  return states.length > 0 && states.every((state) => state === 'success') ? 'success' : 'pending';
}
