/**
 * GitHub as its rate limits see it: mints by the App, calls by installation tokens. What it refuses it
 * refuses as GitHub does, and the product's code must find out by itself.
 */
import { readField } from '../../lib/json/json.ts';
import { createBudget, type Budget } from './budget.ts';

/** Source: GitHub docs, "Rate limits for the REST API". How they apply to an App's JWT is not documented. */
export interface GitHubLimits {
  /** Secondary: points a minute for one endpoint, of the App's JWT at the mint and of an installation elsewhere. */
  readonly pointsPerMinute: number;
  /** Secondary: requests at the same time, of the App's JWT or of an installation. */
  readonly concurrent: number;
  /** Secondary: requests that create content, of an installation. */
  readonly contentPerMinute: number;
  readonly contentPerHour: number;
}

export const GITHUB_LIMITS: GitHubLimits = {
  pointsPerMinute: 900,
  concurrent: 100,
  contentPerMinute: 80,
  contentPerHour: 500,
};

/** Primary limit of an installation: 5,000 an hour, 50 more for each repository above 20, at most 12,500. */
function toHourlyLimit(repositories: number): number {
  return Math.min(12_500, 5_000 + 50 * Math.max(0, repositories - 20));
}

const READ_POINTS = 1;
const WRITE_POINTS = 5;
const MINUTE_MS = 60_000;
const HOUR_MS = 60 * MINUTE_MS;

/** Whether GitHub says so for a secondary limit is not documented; a minute is what its docs say to wait otherwise. */
const SECONDARY_RETRY_AFTER = 60;

export interface GitHub {
  /** Answers one request, as it arrives, and again when its answer leaves. */
  receive(request: GitHubRequest): Received;
  readonly tally: GitHubTally;
}

interface GitHubRequest {
  readonly method: string;
  readonly path: string;
  readonly credential: string;
  readonly body: string | undefined;
}

export interface Received {
  readonly answer: Answer;
  /** The request is no longer among those at the same time. */
  readonly leave: () => void;
}

interface Answer {
  readonly status: number;
  readonly headers: Readonly<Record<string, string>>;
  readonly body: unknown;
}

interface GitHubTally {
  /** By the minute since the beginning. */
  readonly mints: number[];
  readonly refusedMints: number[];
  calls: number;
  /** Of handlers' calls, by the limit that they met. */
  readonly refusedCalls: Map<string, number>;
  mostAtOnce: number;
}

interface Account {
  readonly primary: Budget;
  readonly points: Map<string, Budget>;
  readonly content: readonly Budget[];
  atOnce: number;
}

interface GitHubDeps {
  readonly limits: GitHubLimits;
  readonly repositoriesOf: (installationId: number) => number;
  readonly now: () => number;
}

const MINT = /^\/app\/installations\/(\d+)\/access_tokens$/;

/** What the comments of a handler go to: they create content, labels do not. */
const CREATES_CONTENT = /\/comments$/;

export function createGitHub({ limits, repositoriesOf, now }: GitHubDeps): GitHub {
  const startMs = now();
  const tally: GitHubTally = {
    mints: [],
    refusedMints: [],
    calls: 0,
    refusedCalls: new Map(),
    mostAtOnce: 0,
  };
  const minted = new Map<string, { readonly installationId: number; readonly expiresMs: number }>();
  const accounts = new Map<number, Account>();
  const app = { points: createBudget(limits.pointsPerMinute, MINUTE_MS, now), atOnce: 0 };

  const accountOf = (installationId: number): Account => {
    const known = accounts.get(installationId);
    if (known !== undefined) return known;
    const account: Account = {
      primary: createBudget(toHourlyLimit(repositoriesOf(installationId)), HOUR_MS, now),
      points: new Map(),
      content: [
        createBudget(limits.contentPerMinute, MINUTE_MS, now),
        createBudget(limits.contentPerHour, HOUR_MS, now),
      ],
      atOnce: 0,
    };
    accounts.set(installationId, account);
    return account;
  };

  const count = (minutes: number[]): void => {
    const minute = Math.floor((now() - startMs) / MINUTE_MS);
    minutes[minute] = (minutes[minute] ?? 0) + 1;
  };

  function mint(installationId: number, body: string | undefined): Answer {
    if (app.atOnce > limits.concurrent || app.points.take(WRITE_POINTS) !== undefined) {
      count(tally.refusedMints);
      return refuse();
    }
    count(tally.mints);
    const expiresMs = now() + HOUR_MS;
    const token = `ghs_${String(minted.size).padStart(36, '0')}`;
    minted.set(token, { installationId, expiresMs });
    const asked: unknown = JSON.parse(body ?? '{}');
    const ids = readField(asked, 'repository_ids');
    return {
      status: 201,
      headers: {},
      body: {
        token,
        expires_at: new Date(expiresMs).toISOString(),
        permissions: readField(asked, 'permissions'),
        ...(Array.isArray(ids) && { repositories: ids.map((id: unknown) => ({ id })) }),
      },
    };
  }

  function call({ method, path }: GitHubRequest, account: Account): Answer {
    tally.calls += 1;
    const met = findLimit(method, path, account);
    if (met === undefined) return { status: 200, headers: {}, body: [] };
    tally.refusedCalls.set(met.limit, (tally.refusedCalls.get(met.limit) ?? 0) + 1);
    return met.answer;
  }

  function findLimit(method: string, path: string, account: Account) {
    if (account.atOnce > limits.concurrent) return { limit: 'at the same time', answer: refuse() };
    const waitMs = account.primary.take(1);
    if (waitMs !== undefined) return { limit: 'an hour', answer: refusePrimary(now() + waitMs) };
    const endpoint = `${method} ${path.replaceAll(/\d+/g, '#')}`;
    const points = account.points.get(endpoint) ?? createBudget(limits.pointsPerMinute, MINUTE_MS, now);
    account.points.set(endpoint, points);
    const isRead = method === 'GET';
    if (points.take(isRead ? READ_POINTS : WRITE_POINTS) !== undefined)
      return { limit: 'points a minute', answer: refuse() };
    const creates = !isRead && CREATES_CONTENT.test(path);
    if (creates && account.content.some((budget) => budget.take(1) !== undefined))
      return { limit: 'content', answer: refuse() };
    return undefined;
  }

  return {
    tally,
    receive(request) {
      const [, installation] = MINT.exec(request.path) ?? [];
      const token = minted.get(request.credential);
      if (installation === undefined && (token === undefined || token.expiresMs <= now())) {
        return {
          answer: { status: 401, headers: {}, body: { message: 'Bad credentials' } },
          leave: () => {},
        };
      }
      const account = token === undefined ? app : accountOf(token.installationId);
      account.atOnce += 1;
      tally.mostAtOnce = Math.max(tally.mostAtOnce, account.atOnce);
      const answer =
        token === undefined
          ? mint(Number(installation), request.body)
          : call(request, accountOf(token.installationId));
      return { answer, leave: () => void (account.atOnce -= 1) };
    },
  };
}

const SECONDARY = { message: 'You have exceeded a secondary rate limit. Please wait a few minutes.' };

function refuse(): Answer {
  return { status: 403, headers: { 'retry-after': String(SECONDARY_RETRY_AFTER) }, body: SECONDARY };
}

function refusePrimary(resetMs: number): Answer {
  return {
    status: 403,
    headers: { 'x-ratelimit-remaining': '0', 'x-ratelimit-reset': String(Math.ceil(resetMs / 1000)) },
    body: { message: 'API rate limit exceeded for installation.' },
  };
}
