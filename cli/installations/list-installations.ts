/** Who installed the App: `GET /app/installations`, page by page. */
import { ServiceFault } from '../../lib/faults.ts';
import { isId, isObject, readField } from '../../lib/json/json.ts';
import type { CallAsApp } from '../../lib/github/app-calls.ts';

export interface Installation {
  readonly id: number;
  /** Login of a person or an organization, slug of an enterprise; null where GitHub does not say. */
  readonly account: string | null;
  /** `User`, `Organization`, `Enterprise`. */
  readonly accountType: string | null;
  readonly suspendedAt: Date | null;
  /** `all` repositories of the account, or `selected` ones. */
  readonly repositorySelection: string | null;
  /** What the account granted: `{ issues: 'write' }`. */
  readonly permissions: Readonly<Record<string, string>>;
}

/** The most that GitHub gives at once. Source: docs, "List installations for the authenticated app". */
const PER_PAGE = 100;

/**
 * Asks for a page when the ones before it are used up, so a caller may stop early at no cost.
 *
 * @throws ServiceFault `github_unexpected`, and any code of `CallAsApp`.
 */
export async function* listInstallations(
  call: CallAsApp,
  signal: AbortSignal,
): AsyncGenerator<Installation, void, undefined> {
  for (let page: number | undefined = 1; page !== undefined;) {
    const path = `/app/installations?per_page=${PER_PAGE}&page=${page}`;
    const { status, headers, body } = await call({ method: 'GET', path }, signal);
    if (status !== 200 || !Array.isArray(body)) throw unexpected(`GET /app/installations: ${status}`);
    for (const record of body) yield toInstallation(record);
    page = readNextPage(headers.get('link'), page);
  }
}

/**
 * Only the number is taken from the link: where a call with the App's JWT goes is not for an answer
 * to decide. A link that leads backwards would never end.
 */
function readNextPage(link: string | null, page: number): number | undefined {
  const target = /<([^>]*)>[^,]*;\s*rel="?next"?/.exec(link ?? '')?.[1];
  if (target === undefined) return undefined;
  const next = Number(new URLSearchParams(target.split('?', 2)[1]).get('page'));
  if (!isId(next) || next <= page) throw unexpected('GET /app/installations: Link');
  return next;
}

function toInstallation(record: unknown): Installation {
  const id = readField(record, 'id');
  if (!isId(id)) throw unexpected('GET /app/installations: no id');
  const account = readField(record, 'account');
  const suspendedAt = readText(record, 'suspended_at');
  return {
    id,
    account: readText(account, 'login') ?? readText(account, 'slug'),
    accountType: readText(record, 'target_type') ?? readText(account, 'type'),
    suspendedAt: suspendedAt === null ? null : new Date(suspendedAt),
    repositorySelection: readText(record, 'repository_selection'),
    permissions: toPermissions(readField(record, 'permissions')),
  };
}

function toPermissions(value: unknown): Readonly<Record<string, string>> {
  const entries = isObject(value) ? Object.entries(value) : [];
  return Object.fromEntries(
    entries.filter((entry): entry is [string, string] => typeof entry[1] === 'string'),
  );
}

function readText(value: unknown, field: string): string | null {
  const text = readField(value, field);
  return typeof text === 'string' ? text : null;
}

function unexpected(detail: string): ServiceFault {
  return new ServiceFault('github_unexpected', "GitHub did not list the App's installations.", { detail });
}
