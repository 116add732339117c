/** What GitHub says of the App, asked with each of its keys. */
import { ServiceFault } from '../../lib/faults.ts';
import type { ApiResponse } from '../../lib/github/api.ts';
import { isId, isObject, readField, readText } from '../../lib/json/json.ts';
import type { Levels } from '../../lib/build/app-needs.ts';
import type { AppKey } from '../app/app-key.ts';

export interface AppFacts {
  readonly id: number;
  readonly slug: string;
  /** Login; null where GitHub does not say. */
  readonly owner: string | null;
  readonly permissions: Levels;
  readonly events: readonly string[];
  /** The page with the App's settings, without a slash at its end. */
  readonly settingsUrl: string;
  /** How far this machine's clock is ahead of GitHub's; undefined where GitHub sent no date. */
  readonly aheadMs: number | undefined;
  readonly version: {
    /** The one that GitHub answered in. */
    readonly selected: string | null;
    /** When GitHub ends it, where it says so. */
    readonly sunset: string | null;
    readonly isDeprecated: boolean;
  };
  /** One for each key. */
  readonly keys: readonly KeyFacts[];
}

export interface KeyFacts {
  /** As GitHub shows it beside the key: `SHA256:…`. */
  readonly fingerprint: string;
  readonly isTaken: boolean;
}

interface AskDeps {
  readonly keys: readonly AppKey[];
  /** `GET /app` with a JWT of that key alone. @throws ServiceFault */
  readonly ask: (key: AppKey) => Promise<ApiResponse>;
  readonly now: () => number;
  /** Of GitHub's web site. */
  readonly webUrl: string;
}

/** @throws ServiceFault `jwt_refused` where GitHub takes none of the keys; what `ask` throws for other reasons. */
export async function askApp({ keys, ask, now, webUrl }: AskDeps): Promise<AppFacts> {
  const facts: KeyFacts[] = [];
  let answered: { response: ApiResponse; atMs: number } | undefined;
  let refusal: unknown;
  for (const key of keys) {
    const startMs = now();
    try {
      const response = await ask(key);
      answered ??= { response, atMs: (startMs + now()) / 2 };
      facts.push({ fingerprint: await key.fingerprint(), isTaken: true });
    } catch (error) {
      if (!(error instanceof ServiceFault && error.code === 'jwt_refused')) throw error;
      refusal = error;
      facts.push({ fingerprint: await key.fingerprint(), isTaken: false });
    }
  }
  if (answered === undefined) throw refusal;
  return { ...toAppFacts(answered.response, answered.atMs, webUrl), keys: facts };
}

function toAppFacts(
  { status, headers, body }: ApiResponse,
  atMs: number,
  webUrl: string,
): Omit<AppFacts, 'keys'> {
  const id = readField(body, 'id');
  const slug = readText(body, 'slug');
  if (status !== 200 || !isId(id) || slug === undefined) {
    throw new ServiceFault('github_unexpected', 'GitHub did not say which App this is.', {
      detail: `GET /app: ${status}`,
    });
  }
  const owner = readField(body, 'owner');
  const login = readText(owner, 'login') ?? null;
  const isOrganization = readText(owner, 'type') === 'Organization';
  const serverMs = Date.parse(headers.get('date') ?? '');
  return {
    id,
    slug,
    owner: login ?? readText(owner, 'slug') ?? null,
    permissions: toLevels(readField(body, 'permissions')),
    events: toTexts(readField(body, 'events')),
    settingsUrl: `${webUrl}${isOrganization ? `/organizations/${login}` : ''}/settings/apps/${slug}`,
    // GitHub's date has whole seconds.
    aheadMs: Number.isNaN(serverMs) ? undefined : atMs - (serverMs + 500),
    version: {
      selected: headers.get('x-github-api-version-selected'),
      sunset: headers.get('sunset'),
      isDeprecated: headers.get('deprecation') !== null,
    },
  };
}

function toLevels(value: unknown): Levels {
  return Object.fromEntries(
    Object.entries(isObject(value) ? value : {}).map(([name, level]) => [name, String(level)]),
  );
}

function toTexts(value: unknown): readonly string[] {
  return Array.isArray(value) ? value.filter((item) => typeof item === 'string') : [];
}
