/**
 * Faults: failures of ours, of GitHub's or of AWS's, each with a permanent code. What the sender of
 * a request did wrong is no fault but a rejection: `webhook/answer.ts`.
 */

/**
 * What a fault makes of the delivery it ends: `'skipped'`, because trying again cannot help, or a
 * failure with the HTTP status that GitHub records.
 */
const DISPOSITIONS = {
  /** The environment is incomplete or malformed: the function does not start. */
  config_invalid: 500,
  /** Secrets Manager failed, refused or stayed silent, and nothing was cached. */
  secrets_unavailable: 502,
  /** The secret of a handler's setting has no value; the detail is the setting's name. */
  setting_missing: 500,
  /** Secrets Manager answered, but there is no webhook secret to verify with. */
  webhook_secret_unusable: 503,
  /** Secrets Manager answered, but there is no private key to sign with. */
  private_key_unusable: 500,
  /** KMS failed or stayed silent: the App's JWT could not be signed. The same holds for all that begin so. */
  kms_unavailable: 502,
  /** Somebody has used up the account's requests to KMS; comes with the seconds to wait. */
  kms_throttled: 503,
  /** The role, or the key's own policy, does not let this function sign. */
  kms_denied: 500,
  kms_key_not_found: 500,
  kms_key_disabled: 500,
  kms_key_pending_deletion: 500,
  kms_key_pending_import: 500,
  /** No RSA key, or one that is not for signing. */
  kms_key_unsuitable: 500,

  /** GitHub answered 5xx, cut the connection, or stayed silent. */
  github_unavailable: 502,
  /** Primary or secondary rate limit of an installation; comes with the seconds to wait. */
  rate_limited: 503,
  /** The same of the App itself, for what it asks with its JWT, mints above all; comes with the seconds to wait. */
  app_rate_limited: 503,
  /** GitHub refused the App's JWT although clock and key were tried anew. */
  jwt_refused: 500,
  /** GitHub knows no App with this issuer: wrong App id, or the App of another host. */
  app_not_found: 500,
  /** The delivery says that it was meant for another App, and GitHub knows no such installation of ours. */
  wrong_app: 500,
  /** GitHub answered something that the API does not promise. */
  github_unexpected: 500,
  /** A 201 without a token that can be used. */
  token_unusable: 500,
  /** A token that may do more than was asked; the detail names what. It is not handed on. */
  token_too_wide: 500,
  /** GitHub refuses what it has told a moment ago: it does not know it everywhere yet. */
  not_known_yet: 503,
  /** GitHub's API redirected a call that carries the App's JWT to another host. */
  redirected_elsewhere: 500,

  /** DynamoDB failed, refused or stayed silent: without the ledger's answer nothing is claimed. */
  ledger_unavailable: 503,
  /** A record was written by a later version: it is left alone. */
  ledger_unreadable: 503,
  /** SQS did not take a message. */
  queue_unavailable: 503,
  /** A delivery that no message can hold, even compressed: the sweep hands it over by reference. */
  delivery_too_large: 503,
  /** A copy of the delivery is at work, or its worker died and the lease has not ended. */
  in_progress: 503,
  /** A process died while the handler ran, or just before: it runs when nothing else is at work beside it. */
  to_run_alone: 503,

  installation_suspended: 'skipped',
  /** A 404 at the mint, twice: the App was uninstalled. */
  installation_not_found: 'skipped',
  /** The installation did not grant what the handler asks for; the detail names it. */
  permission_not_granted: 'skipped',
  repository_not_accessible: 'skipped',
  /** The payload names no installation, and none can be looked up. */
  no_installation: 'skipped',
  /** The event has no repository, and the handler did not ask for the whole installation. */
  no_repository: 'skipped',
  /** The event has more repositories than a token can be limited to; the detail says what to declare. */
  too_many_repositories: 'skipped',

  /** A handler's `repositories` returned something that is no list of ids or names, or over 500. */
  repositories_invalid: 500,
  /** A handler's module could not be loaded, or is not the handler of its key. */
  handler_invalid: 500,
  /** A handler threw. */
  handler_error: 500,
  /** A call that a handler did not await failed; which one stands in the log. */
  not_awaited: 500,
  /** A handler asked for a later time with `retry`; the detail is its reason. */
  handler_retry: 503,
  /** A handler said with `giveUp` that trying again is of no use; the detail is its reason. */
  handler_gave_up: 500,
  /** A handler failed, or its process died, so often that its message is not tried again. */
  attempts_exhausted: 500,
  /** A handler's token lacks a permission that its call needs; the detail names it. */
  permission_missing: 500,
  /** GitHub refused a call in other words than those that have a code of their own; the detail has its sentence. */
  request_refused: 500,
  /** GitHub takes no comment, since the conversation is locked. The detail of this and the next has GitHub's sentence. */
  conversation_locked: 500,
  repository_archived: 500,
  /** An organization's IP allow list keeps the function out. */
  ip_not_allowed: 500,
  /** An organization wants its SAML single sign-on. */
  sso_required: 500,
  /** GitHub holds the account or the content to be spam. */
  flagged_as_spam: 500,
  /** GitHub has closed the repository: by a takedown, for its terms of service, or for abuse. */
  access_blocked: 500,
  /** What a call was about is gone for good, or switched off in the repository. */
  resource_gone: 500,
  /** Only on the laptop: the stand-in for GitHub does not serve a handler's call; the detail names the route. */
  route_not_served: 500,
  /** The time for the delivery was up. */
  deadline: 500,
  /** GitHub's log shows that it does not sign with the new webhook secret. */
  rotation_not_proven: 500,
  /** Another rotation of the webhook secret is under way, or this one was ended. */
  rotation_elsewhere: 500,
  /** A step of a rotation came before the one that it needs, or is none. */
  rotation_not_ready: 500,
  /** A mistake in this code. */
  internal_error: 500,
} as const satisfies Record<string, 'skipped' | 500 | 502 | 503>;

/** Failures that trying again cannot mend: they are told at once, and tried again only when somebody asks. */
const FINAL: ReadonlySet<string> = new Set([
  'handler_gave_up',
  'attempts_exhausted',
  'request_refused',
  'conversation_locked',
  'repository_archived',
  'ip_not_allowed',
  'sso_required',
  'flagged_as_spam',
  'access_blocked',
  'resource_gone',
] satisfies FaultCode[]);

/** What a fault is, for programs: `reason` of an answer begins with it, and docs/reasons.md explains each. */
export type FaultCode = keyof typeof DISPOSITIONS;
/** The HTTP status of a fault that is no skip. */
export type FailureStatus = Exclude<(typeof DISPOSITIONS)[FaultCode], 'skipped'>;

interface FaultOptions {
  /** What the code leaves open, short and safe to show: a permission's name, never a value. */
  readonly detail?: string | undefined;
  readonly retryAfterSeconds?: number | undefined;
  readonly resource?: string | undefined;
  readonly cause?: unknown;
}

/**
 * The one class of failures: branch on `code`, never on the message. Messages say what was being
 * done and what to do next; no secret, token or payload is ever part of one.
 */
export class ServiceFault extends Error {
  override readonly name = 'ServiceFault';
  readonly code: FaultCode;
  readonly detail: string | undefined;
  /** Whole seconds until trying again makes sense, where that is known. */
  readonly retryAfterSeconds: number | undefined;
  /** What a rate limit is counted for, where GitHub counts it apart: `search`, `graphql` … */
  readonly resource: string | undefined;

  constructor(code: FaultCode, message: string, options: FaultOptions = {}) {
    super(message, options.cause === undefined ? undefined : { cause: options.cause });
    this.code = code;
    this.detail = options.detail;
    this.retryAfterSeconds = options.retryAfterSeconds;
    this.resource = options.resource;
  }

  get disposition(): 'skipped' | FailureStatus {
    return DISPOSITIONS[this.code];
  }

  /** Trying again cannot mend it. */
  get isFinal(): boolean {
    return FINAL.has(this.code);
  }

  /** The code with its detail, as answers and logs show it. */
  get reason(): string {
    return this.detail === undefined ? this.code : `${this.code}: ${this.detail}`;
  }
}
