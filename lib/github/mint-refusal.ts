/** Why GitHub refused to mint a token. */
import { ServiceFault } from '../faults.ts';
import { readField } from '../json/json.ts';
import type { ApiResponse } from './api.ts';
import type { CallAsApp } from './app-calls.ts';
import { covers, describePermissions, type Grant, toLevels } from './grant.ts';
import { readPermissions } from './installation-token.ts';
import { isNew } from './occasion.ts';
import { findCause, isRepositoryRefusal, isSuspension, readMessage, toSentence } from './refusal.ts';

/** What was asked, and where more can be learnt. */
interface Question {
  readonly installationId: number;
  readonly grant: Grant;
  readonly call: CallAsApp;
  /** Milliseconds since the epoch, by GitHub's clock. */
  readonly githubNow: () => number;
  readonly signal: AbortSignal;
}

/** @returns Any of `installation_*`, `permission_not_granted`, `repository_not_accessible`, `not_known_yet`, or what GitHub's sentence says. */
export async function explainMintRefusal(response: ApiResponse, question: Question): Promise<ServiceFault> {
  const { status } = response;
  const { installationId } = question;
  const message = readMessage(response.body);
  if (isSuspension(status, message))
    return new ServiceFault('installation_suspended', `Installation ${installationId} is suspended.`);
  if (status === 404) {
    const what = `Installation ${installationId} does not exist (any more).`;
    return new ServiceFault('installation_not_found', what);
  }
  const cause = status === 403 ? (findCause({ status, message }) ?? 'request_refused') : undefined;
  if (cause !== undefined)
    return new ServiceFault(cause, 'GitHub refused to mint a token.', { detail: toSentence(message) });
  if (status === 422) return explainUnprocessable(message, question);
  return new ServiceFault('github_unexpected', 'GitHub refused to mint a token.', {
    detail: `mint: ${status}`,
  });
}

/** A permission or a repository that the installation lacks; GitHub does not say which. Of an installation that was made or changed a moment ago neither is believed. */
async function explainUnprocessable(message: string, question: Question): Promise<ServiceFault> {
  const { installationId, grant, githubNow } = question;
  const installation = await readInstallation(question);
  const refusal = isRepositoryRefusal(message)
    ? new ServiceFault(
        'repository_not_accessible',
        `A repository of the delivery is outside installation ${installationId}.`,
      )
    : new ServiceFault(
        'permission_not_granted',
        `Installation ${installationId} has not granted what the handler asks for: its owner must accept the App's new permissions.`,
        { detail: describeMissing(grant, readPermissions(installation)) },
      );
  const times = ['created_at', 'updated_at'].map((time) => readField(installation, time));
  return times.some((time) => isNew(time, githubNow())) ? notKnownYet(refusal) : refusal;
}

/**
 * GitHub may not know everywhere yet what it has just told, and refuses it as if it were not.
 *
 * @param refusal What to believe where it says the same after some minutes.
 */
export function notKnownYet(refusal: ServiceFault): ServiceFault {
  const what = 'GitHub does not know everywhere yet what it has just told.';
  return new ServiceFault('not_known_yet', what, {
    retryAfterSeconds: NOT_KNOWN_YET_SECONDS,
    cause: refusal,
  });
}

const NOT_KNOWN_YET_SECONDS = 10;

/** The installation as GitHub describes it; undefined where it does not. */
async function readInstallation({ installationId, call, signal }: Question): Promise<unknown> {
  try {
    const { body } = await call({ method: 'GET', path: `/app/installations/${installationId}` }, signal);
    return body;
  } catch {
    return undefined;
  }
}

/** What was asked for, less what the installation has; all of it, where that is not known or nothing is left. */
function describeMissing(
  { permissions }: Grant,
  granted: Readonly<Record<string, string>> | undefined,
): string {
  const asked = permissions === 'all' ? [] : toLevels(permissions);
  const missing = granted ? asked.filter(([name, level]) => !covers(granted[name], level)) : [];
  return describePermissions(missing.length === 0 ? permissions : Object.fromEntries(missing));
}
