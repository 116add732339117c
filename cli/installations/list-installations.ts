/** Who installed the App: `GET /app/installations`, page by page. */
import { ServiceFault } from '../../lib/faults.ts';
import { findLinkQuery } from '../../lib/http/link.ts';
import { isId, isObject, readField, readText } from '../../lib/json/json.ts';
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

/** A link that leads backwards would never end. */
function readNextPage(link: string | null, page: number): number | undefined {
  const query = findLinkQuery(link, 'next');
  if (query === undefined) return undefined;
  const next = Number(query.get('page'));
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
    account: readText(account, 'login') ?? readText(account, 'slug') ?? null,
    accountType: readText(record, 'target_type') ?? readText(account, 'type') ?? null,
    suspendedAt: suspendedAt === undefined ? null : new Date(suspendedAt),
    repositorySelection: readText(record, 'repository_selection') ?? null,
    permissions: toPermissions(readField(record, 'permissions')),
  };
}

function toPermissions(value: unknown): Readonly<Record<string, string>> {
  const entries = isObject(value) ? Object.entries(value) : [];
  return Object.fromEntries(
    entries.filter((entry): entry is [string, string] => typeof entry[1] === 'string'),
  );
}

function unexpected(detail: string): ServiceFault {
  return new ServiceFault('github_unexpected', "GitHub did not list the App's installations.", { detail });
}
