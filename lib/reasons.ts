/**
 * What every reason means and what to do about it: one catalogue, from which `docs/reasons.md` is generated.
 * A fault or a rejection without a description here does not compile. The functions carry none of these texts.
 */
import type { FaultCode } from './faults.ts';
import type { Rejection } from './webhook/answer.ts';

/** What a reason means to whoever finds it, in an answer or in the log. */
export interface ReasonDescription {
  readonly meaning: string;
  /** What to do about it; empty where there is nothing to do. */
  readonly todo: string;
}

/** Refusals at the trust boundary: what the sender of a request did wrong. */
export const REJECTIONS = {
  method_not_allowed: { meaning: 'Not a POST, so not GitHub', todo: '' },
  content_type_unsupported: {
    meaning: 'Neither JSON nor a form',
    todo: "Set the webhook's content type to `application/json` (a form works as well)",
  },
  signature_missing: {
    meaning: 'No signature, or none of the form `sha256=…`. Told in the log only',
    todo: 'If it came from GitHub: give the App a webhook secret. Otherwise a stranger called',
  },
  signature_mismatch: {
    meaning: 'Signed with none of the secrets, or altered on the way. Told in the log only',
    todo: "Compare the secret in the App's settings with Secrets Manager; look for a proxy that alters bodies",
  },
  headers_missing: {
    meaning: 'Signed, but without `X-GitHub-Event` or `X-GitHub-Delivery`',
    todo: 'Let both through the proxy in front',
  },
  payload_malformed: {
    meaning: 'Signed, but not a JSON object',
    todo: "Look at the payload in GitHub's log",
  },
} as const satisfies Readonly<Record<Rejection, ReasonDescription>>;

/** Failures of ours, of GitHub's or of AWS's, and what a handler was skipped for. */
export const FAULTS = {
  config_invalid: {
    meaning:
      'The environment is incomplete or malformed. The function does not start, and the front door answers instead of it',
    todo: 'The log names every variable at fault',
  },
  setting_missing: {
    meaning: "The secret of a handler's setting has no value; the detail is the name of the setting",
    todo: 'Put the value into the secret that the variable `NAME_SECRET_ID` names',
  },
  secrets_unavailable: {
    meaning: 'Secrets Manager failed, refused or stayed silent, and nothing was cached',
    todo: "Check the secret id, the function's role, and the way to Secrets Manager",
  },
  webhook_secret_unusable: {
    meaning: 'Secrets Manager answered, but there is no webhook secret to verify with',
    todo: "Put the secret of the App's settings into the one that `WEBHOOK_SECRET_ID` names",
  },
  private_key_unusable: {
    meaning: 'Secrets Manager answered, but there is no private key to sign with',
    todo: 'The log says what was found in place of a key, and how to mend it',
  },

  kms_unavailable: {
    meaning: "KMS failed or stayed silent while the App's JWT was to be signed",
    todo: 'It comes back. Where it lasts, look at the way to KMS: an endpoint in the VPC, say',
  },
  kms_throttled: {
    meaning: "The account's requests to KMS are used up for this second, by whomever",
    todo: 'Find who else signs so much in this account and region',
  },
  kms_denied: {
    meaning: 'The function may not sign with the KMS key',
    todo: 'Give its role `kms:Sign` for the key, and let the policy of the key leave that to the account',
  },
  kms_key_not_found: {
    meaning: 'KMS knows no such key or alias in this region',
    todo: 'Import the key: operations.md, "The private key in KMS"',
  },
  kms_key_disabled: { meaning: 'The KMS key is disabled', todo: 'Enable it' },
  kms_key_pending_deletion: {
    meaning: 'The KMS key is to be deleted',
    todo: 'Cancel its deletion, or import the key again: that moves the alias to a new one',
  },
  kms_key_pending_import: {
    meaning: 'The KMS key has no material yet',
    todo: 'Import the key: operations.md, "The private key in KMS"',
  },
  kms_key_unsuitable: {
    meaning: 'The KMS key is no RSA key, or is not for signing',
    todo: 'It takes one whose usage is `SIGN_VERIFY` and whose kind is `RSA_2048` or longer',
  },

  github_unavailable: {
    meaning: 'GitHub answered 5xx, cut the connection, or stayed silent',
    todo: "Look at GitHub's status; it comes back",
  },
  rate_limited: {
    meaning:
      'A rate limit of the installation, primary or secondary. It comes back when GitHub allows, and other installations go on',
    todo: 'Make fewer calls if it lasts',
  },
  app_rate_limited: {
    meaning: "GitHub slowed down the App's own calls, mints above all. It comes back when GitHub allows",
    todo: "If it lasts, ask for fewer tokens: `repositories: 'installation'`",
  },
  jwt_refused: {
    meaning: "GitHub refused the App's JWT although clock and key were tried anew: it knows none of the keys",
    todo: "Compare fingerprints with the App's settings",
  },
  app_not_found: {
    meaning: 'GitHub knows no App with this issuer: a wrong App id, or the App of another host',
    todo: 'Check `GITHUB_APP_ID`, and that `GITHUB_API_URL` is the host of that App',
  },
  wrong_app: {
    meaning:
      'The delivery says that it was meant for another App, and GitHub knows no such installation of this one',
    todo: 'Check the webhook URLs of both',
  },
  github_unexpected: {
    meaning:
      'GitHub answered something that its API does not promise; the detail names the call and the status',
    todo: 'Look for a proxy in between, then report it',
  },
  token_unusable: {
    meaning: 'GitHub answered 201, but without a token that can be used',
    todo: 'Look for a proxy in between',
  },
  token_too_wide: {
    meaning:
      'GitHub made a token that may do more than was asked; the detail names what. It was not handed on',
    todo: 'Look for a proxy in between, then report it to GitHub',
  },
  not_known_yet: {
    meaning:
      'GitHub refuses what it has told a moment ago, as an installation that was just made: it does not know it everywhere yet. It comes back',
    todo: '',
  },
  redirected_elsewhere: {
    meaning: "A call that carries the App's JWT was redirected to another host, and not followed",
    todo: 'Check `GITHUB_API_URL`',
  },

  ledger_unavailable: {
    meaning: "DynamoDB failed, refused or stayed silent. Nothing runs without the ledger's answer",
    todo: "Check the table, the function's role, and the way to DynamoDB",
  },
  ledger_unreadable: {
    meaning: 'The record was written by a release that is more than one format away. It is left alone',
    todo: 'Deploy that release, or one between',
  },
  queue_unavailable: {
    meaning: 'SQS did not take a message',
    todo: "Check the queue, the function's role, and the way to SQS",
  },
  delivery_too_large: {
    meaning:
      'No message can hold the delivery, even compressed. The sweep sends the worker a reference to it in place of the payload',
    todo: '',
  },
  in_progress: {
    meaning:
      'A copy of the delivery is at work, or its process died and the lease has not ended. It comes back',
    todo: '',
  },

  to_run_alone: {
    meaning:
      'The process died while the handler ran or just before, perhaps because of it. It runs by itself, when the others of its batch have ended',
    todo: 'Look for what ended the process: memory, or a loop without end',
  },

  installation_suspended: {
    meaning: 'The installation is suspended',
    todo: 'Whoever suspended it can lift that; then _redeliver_',
  },
  installation_not_found: { meaning: 'The App was uninstalled', todo: '' },
  permission_not_granted: {
    meaning: 'The installation did not grant what the handler asks for; the detail names it',
    todo: "The account's owner accepts the App's new permissions; then _redeliver_",
  },
  repository_not_accessible: {
    meaning: 'The repository is outside the installation, or it is gone',
    todo: 'Add the repository to the installation, or correct `repositories`',
  },
  no_installation: {
    meaning: 'The payload names no installation, and none can be looked up: the App is not installed there',
    todo: 'A handler that should run all the same declares `permissions: {}`',
  },
  no_repository: {
    meaning: 'The event has no repository, and the handler did not ask for the whole installation',
    todo: "Say `repositories: 'installation'` if you mean it",
  },
  too_many_repositories: {
    meaning: 'The event has more than 500 repositories, and no token can be limited to so many',
    todo: "Say `repositories: 'installation'`, or pick some with a function",
  },

  repositories_invalid: {
    meaning:
      "The handler's `repositories` returned something that is no list of ids or names, or more than 500",
    todo: 'Correct the function: ids, or names without owner, 500 at most',
  },
  handler_invalid: {
    meaning: "The handler's module does not load, or is not the handler of its key",
    todo: '`npm run build` says more',
  },
  handler_error: {
    meaning: 'The handler threw',
    todo: 'The log line has the error and its stack',
  },
  not_awaited: {
    meaning: 'The handler returned before a call of its `github` did, and that call failed',
    todo: 'Await the call: the line `call_not_awaited` of the same delivery names its route',
  },
  handler_retry: {
    meaning: 'The handler asked for a later time with `retry`; the detail is its reason',
    todo: '',
  },
  handler_gave_up: {
    meaning: 'The handler said with `giveUp` that trying again is of no use; the detail is its reason',
    todo: 'Mend the reason, then redrive or _redeliver_',
  },
  attempts_exhausted: {
    meaning:
      'The handler failed, or its process died, so often that it is not tried again; the detail is the last reason',
    todo: 'Mend the reason, then redrive',
  },
  permission_missing: {
    meaning: "A handler's token lacks a permission that its call needs; the detail names it",
    todo: 'Add that permission to the handler, and to the App',
  },
  request_refused: {
    meaning:
      "GitHub refused a call, for a reason without a code of its own: the detail has GitHub's sentence. Not tried again",
    todo: 'Do what the sentence says, then redrive or _redeliver_',
  },
  conversation_locked: {
    meaning: 'The issue or pull request is locked: GitHub takes no comment. Not tried again',
    todo: 'Let the handler `skip` what is locked',
  },
  repository_archived: {
    meaning: 'The repository is archived, and so read-only. Not tried again',
    todo: 'Let the handler `skip` what is archived',
  },
  ip_not_allowed: {
    meaning: "The organization's IP allow list keeps the function out. Not tried again",
    todo: "Give the functions a fixed address that is on the list, or let the organization allow the App's; then redrive or _redeliver_",
  },
  sso_required: {
    meaning: 'The organization wants its SAML single sign-on. Not tried again',
    todo: 'An owner of the organization authorizes the App; then redrive or _redeliver_',
  },
  flagged_as_spam: {
    meaning: 'GitHub holds the account or the content to be spam. Not tried again',
    todo: "Write to GitHub's support",
  },
  access_blocked: {
    meaning: 'GitHub has closed the repository: a takedown, its terms of service, or abuse. Not tried again',
    todo: '',
  },
  resource_gone: {
    meaning:
      'What the call was about is gone for good, or switched off, as issues may be in a repository. Not tried again',
    todo: 'Let the handler `skip` it',
  },
  route_not_served: {
    meaning:
      "Only on the laptop: the stand-in for GitHub does not serve a handler's call; the detail names the route",
    todo: 'Write what it answers into `functions/fixtures/world.json`, under `responses`, or give it to `run` as `respond`',
  },
  deadline: {
    meaning: 'The time for the delivery was up',
    todo: 'Make the handler faster; see what it waited for',
  },
  rotation_not_proven: {
    meaning: "GitHub's log shows that it does not sign with the new webhook secret",
    todo: 'Both are accepted. Run `npx hookmint rotate webhook-secret`, which goes on',
  },
  rotation_elsewhere: {
    meaning: 'Another rotation of the webhook secret is under way, or this one was ended',
    todo: 'Run `npx hookmint rotate webhook-secret`, which goes on with the one that is under way',
  },
  rotation_not_ready: {
    meaning: 'A step of a rotation came before the one that it needs, or is none',
    todo: 'Run `npx hookmint rotate webhook-secret` again: it goes on from where it stopped',
  },
  internal_error: {
    meaning: 'A mistake in hookmint',
    todo: 'Report it with the log line',
  },
} as const satisfies Readonly<Record<FaultCode, ReasonDescription>>;

/** Why a message went to the dead letters, where that is not what became of its handlers. */
export const DEAD_LETTERS = {
  too_old: {
    meaning: 'It came back for 3 days. After the semicolon stands why it came back last',
    todo: 'Redrive',
  },
  payload_lost: {
    meaning: "A large delivery whose payload GitHub's log no longer has",
    todo: 'Do by hand what its handlers would have done',
  },
  payload_deadly: {
    meaning: "A large delivery: the process died three times while it read the payload from GitHub's log",
    todo: 'Give the worker more memory, then redrive',
  },
  payload_malformed: {
    meaning: "Its payload is not a JSON object, in GitHub's log either",
    todo: 'Look at it there',
  },
  message_malformed: {
    meaning: 'Not written by hookmint',
    todo: 'See who else may write into the queue',
  },
} as const satisfies Readonly<Record<string, ReasonDescription>>;
