/**
 * The messages of the lines that the product itself logs, by their codes: all that the functions need of the
 * catalogue. A new line needs its message here, under a code that never changes, and its description in `lines.ts`.
 */

/** The message of each line by its code. */
export const MESSAGES = {
  delivery: 'delivery',
  handler: 'handler',
  rejected: 'rejected',
  delivery_for_another_app: 'delivery meant for another App',
  outcome_not_recorded: 'outcome not recorded: a copy of this delivery would run this handler again',
  github_call: 'call',
  call_not_awaited: 'call not awaited',
  lease_lost: 'lease lost: another owner may have run this handler as well',
  dead_letter: 'dead letter',
  record_goes_back: 'record goes back',
  message_of_another_version: 'message of another version',
  traces_not_sent: 'traces not sent',
  message_not_postponed: 'message not postponed: it comes back when its visibility ends',
  sweep: 'sweep',
  sweep_ask_failed: 'ask',
  sweep_pull_failed: 'pull',
  delivery_given_up: 'delivery given up',
  delivery_lost: 'delivery lost',
  delivery_missing: 'delivery missing',
  records_of_another_version: 'records of another version are left alone',
  jwt_refused: 'GitHub refused the JWT of the App',
  other_installation: 'installation of the delivery is unknown, that of its repository is used',
  private_key_unusable: 'private key unusable, the one before goes on',
  secret_not_refreshed: 'secret not refreshed, the cached value goes on',
  rotation: 'rotation',
  previous_secret_needed: 'signed with the previous webhook secret',
  previous_secret_not_read: 'previous version of a secret not read',
  webhook_secret_unusable: 'no usable webhook secret',
  stray_rejection: 'stray rejection',
  stray_exception: 'stray exception',
} as const;

/** Which line it is, for filters: it stays as it is while the words may change. */
export type LineCode = keyof typeof MESSAGES;

/** The code of what handlers, and Octokit for them, log: any text is theirs, and no text makes it a line of ours. */
export const HANDLER_LINE = 'handler_log';
