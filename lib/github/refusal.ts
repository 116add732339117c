/** GitHub's refusals, told apart by its words. Pure; every sentence of GitHub's that we rely on stands here. */
import { ServiceFault, type FaultCode } from '../faults.ts';
import { readText } from '../json/json.ts';
import { cutText, toPlainText } from '../log/plain-text.ts';
import { redact } from '../log/redact.ts';
import { covers } from './grant.ts';

/** Reads a header; null or undefined where it is missing. Octokit and fetch keep theirs differently. */
type ReadHeader = (name: string) => string | null | undefined;

/** An answer of GitHub's that says no. */
export interface Refusal {
  readonly status: number;
  readonly header: ReadHeader;
  /** GitHub's `message`. */
  readonly message: string;
}

/** `message` of an error body; empty where it has none. */
export function readMessage(body: unknown): string {
  return readText(body, 'message') ?? '';
}

/** An answer without GitHub's JSON: a proxy's, or that of a host which is no API of GitHub's. It says nothing about GitHub. */
export function foreign(status: number, address: string): ServiceFault {
  const path = URL.canParse(address) ? new URL(address).pathname : address;
  return new ServiceFault(
    'github_unavailable',
    `Something that is not GitHub's API answered ${status} to ${path}: check GITHUB_API_URL, and look for a proxy.`,
  );
}

/** A 401 for a JWT that only a wrong clock explains: expired, too far ahead, or issued in the future. */
export function isTimeClaimRefusal(message: string): boolean {
  return /'(?:Expiration time|Issued at)' claim \('(?:exp|iat)'\)/.test(message);
}

/** Whether a 403 says that the installation, or the account, is suspended. */
export function isSuspension(status: number, message: string): boolean {
  return status === 403 && /has been suspended|suspended your access/i.test(message);
}

/** A 422 at the mint about repositories; any other is about permissions. */
export function isRepositoryRefusal(message: string): boolean {
  return /repositor/i.test(message);
}

/** A token without the permission. GitHub says so, in these words, also while a new token is not known everywhere. */
export function isPermissionRefusal(message: string): boolean {
  return /not accessible by integration/i.test(message);
}

/** What GitHub's sentence is about, in the order in which it is asked. Trying again mends none of it. */
const CAUSES: readonly (readonly [code: FaultCode, words: RegExp])[] = [
  [
    'conversation_locked',
    /\b(?:issue|conversation|discussion|pull request|thread)\b.*\block|\block.*\b(?:issue|conversation)\b/i,
  ],
  ['repository_archived', /\barchived\b/i],
  ['ip_not_allowed', /\bIP allow list\b|\bIP address\b.*\bnot permitted\b/i],
  ['sso_required', /\bSAML\b|\bSSO\b|single sign-on/i],
  ['flagged_as_spam', /\bspam|\bflagged\b/i],
  ['access_blocked', /\baccess blocked\b|\bDMCA\b|\blegal reasons\b|\bterms of service\b|\babus/i],
];

const CODE_OF_STATUS: Readonly<Record<number, FaultCode>> = {
  403: 'request_refused',
  410: 'resource_gone',
  451: 'access_blocked',
};

/**
 * Why GitHub refused a call of a token, by its own words.
 *
 * @param permissions What the token may do, where that is known.
 * @returns undefined where the refusal says nothing that the handler could not have caused itself: 404, 422 …
 */
export function explainRefusal(
  refusal: Refusal,
  permissions?: Readonly<Record<string, string>>,
): ServiceFault | undefined {
  const { status, message, header } = refusal;
  if (isSuspension(status, message)) {
    return new ServiceFault(
      'installation_suspended',
      'The installation was suspended while its token lived.',
    );
  }
  const accepted = readAcceptedPermissions(header);
  if (status === 403 && (isPermissionRefusal(message) || lacks(permissions, accepted))) {
    const what = "GitHub refused a handler's call for want of a permission.";
    return new ServiceFault('permission_missing', what, { detail: accepted && toAlternatives(accepted) });
  }
  const code = findCause(refusal) ?? CODE_OF_STATUS[status];
  return code && new ServiceFault(code, 'GitHub refused a call.', { detail: toSentence(message) });
}

/** The cause that GitHub's sentence names, whatever the status; undefined where it names none that is known. */
export function findCause({ status, message }: Pick<Refusal, 'status' | 'message'>): FaultCode | undefined {
  if (![403, 410, 422, 451].includes(status)) return undefined;
  return CAUSES.find(([, words]) => words.test(message))?.[0];
}

/** Longest sentence of GitHub's that is shown. */
const MAX_SENTENCE_LENGTH = 200;

/** GitHub's words, fit for a log line and an answer: one line, redacted, cut. undefined where there are none. */
export function toSentence(message: string): string | undefined {
  const sentence = cutText(toPlainText(redact(message.trim())), MAX_SENTENCE_LENGTH);
  return sentence === '' ? undefined : sentence;
}

/** The header in words, as the compiler has them: `issues=write or pull_requests=write`. */
export function toAlternatives(accepted: string): string {
  const sets = accepted.split(';').map((set) => set.split(',').map((part) => part.trim()));
  return sets.map((set) => set.join(' and ')).join(' or ');
}

/** `X-Accepted-GitHub-Permissions`, cut to what such a header holds: `issues=write; pull_requests=write`. */
function readAcceptedPermissions(header: ReadHeader): string | undefined {
  const accepted = header('x-accepted-github-permissions')
    ?.replace(/[^\w=;, ]/g, '')
    .trim();
  return accepted === undefined || accepted === '' ? undefined : accepted.slice(0, 150);
}

/**
 * Whether the token has none of the sets that GitHub would accept.
 *
 * @param accepted Sets are separated by `;`, what is needed together by `,`. Source: GitHub docs, "Troubleshooting
 *                 the REST API".
 */
function lacks(
  permissions: Readonly<Record<string, string>> | undefined,
  accepted: string | undefined,
): boolean {
  if (permissions === undefined || accepted === undefined) return false;
  const isCovered = (wanted: string): boolean => {
    const [name = '', level = ''] = wanted.trim().split('=');
    return covers(permissions[name], level);
  };
  return !accepted.split(';').some((set) => set.split(',').every(isCovered));
}
