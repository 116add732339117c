/**
 * The catalogue of the lines that the product itself logs: what each means, what to do about it, and which fields it
 * has. `docs/logs.md` is generated from it, the metric filters of `infra/` are held against it, and a line without a
 * description does not compile. The functions need its types alone: their bundles carry none of it.
 */
import type { FieldName } from './fields.ts';
import type { LogLevel } from './level.ts';
import type { LineCode, MESSAGES } from './messages.ts';

/** What a line means to whoever finds it. */
export interface LineDescription {
  readonly levels: readonly LogLevel[];
  /** Which functions write it. */
  readonly by: readonly ('webhook' | 'worker' | 'sweeper' | 'rotator')[];
  /** Beside `timestamp`, `level`, `code` and `message`. */
  readonly fields: readonly FieldName[];
  readonly meaning: string;
  /** What to do about it; empty where there is nothing to do. */
  readonly todo: string;
}

const ALL = ['webhook', 'worker', 'sweeper'] as const;

/** Which delivery a line is about. */
const DELIVERY = ['delivery', 'event', 'action', 'installation', 'hook'] as const;

/** The same, of a line about an entry of GitHub's log. */
const LOGGED = ['delivery', 'logId', 'event', 'action', 'status', 'deliveredAt'] as const;

export const LINES = {
  delivery: {
    levels: ['info', 'warn', 'error'],
    by: ALL,
    fields: [
      ...DELIVERY,
      'outcome',
      'status',
      'reason',
      'next',
      'delaySeconds',
      'handlers',
      'queuedMs',
      'durationMs',
      'queueMessage',
      'error',
    ],
    meaning:
      'A delivery was answered (webhook), or a message was worked off (worker). `warn`: it failed only because it must wait for a known time: a rate limit, `retry`, a copy at work. `reason` and `error` stand here where it failed before its handlers were known',
    todo: 'At `error`: look at the lines `handler` of the same `delivery`, and at their reasons',
  },
  handler: {
    levels: ['info', 'warn', 'error'],
    by: ALL,
    fields: [
      ...DELIVERY,
      'handler',
      'outcome',
      'reason',
      'attempt',
      'grant',
      'token',
      'durationMs',
      'error',
      'queueMessage',
    ],
    meaning: 'A handler ended. `warn`: it must only wait for a known time, and the line has no `error`',
    todo: 'At `error`: what to do stands beside its reason',
  },
  rejected: {
    levels: ['warn'],
    by: ['webhook'],
    fields: [...DELIVERY, 'reason', 'status', 'durationMs'],
    meaning: 'A request was refused',
    todo: 'What to do stands beside its reason',
  },
  delivery_for_another_app: {
    levels: ['warn'],
    by: ['webhook'],
    fields: ['delivery', 'event', 'targetApp'],
    meaning:
      'The delivery says that it was meant for another App. It is only noticed, since that header is not signed',
    todo: 'Compare the webhook URLs of both Apps',
  },
  outcome_not_recorded: {
    levels: ['error'],
    by: ALL,
    fields: [...DELIVERY, 'handler', 'queueMessage', 'error'],
    meaning:
      'The ledger failed after the handler had ended. Its outcome stands, but a copy would run it again',
    todo: "Check the table, the function's role, and the way to DynamoDB",
  },
  github_call: {
    levels: ['debug'],
    by: ALL,
    fields: [
      ...DELIVERY,
      'handler',
      'queueMessage',
      'method',
      'path',
      'status',
      'requestId',
      'durationMs',
      'error',
    ],
    meaning:
      'The `github` of a handler sent a request. Each try is told, and of a redirect the last answer. Neither query nor body is',
    todo: '',
  },
  call_not_awaited: {
    levels: ['warn'],
    by: ALL,
    fields: [...DELIVERY, 'handler', 'queueMessage', 'route'],
    meaning:
      'The handler ended before a call of its `github` did. The call was awaited for it; where the call fails, so does the handler',
    todo: 'Await the call',
  },
  lease_lost: {
    levels: ['warn'],
    by: ALL,
    fields: [...DELIVERY, 'handler', 'queueMessage'],
    meaning: 'The handler ended after its lease, and another owner may have run it as well',
    todo: 'Let the handler heed `signal`',
  },
  dead_letter: {
    levels: ['error'],
    by: ['worker'],
    fields: ['queueMessage', 'reason'],
    meaning: 'A message went to the dead letters',
    todo: 'Mend the reason, then redrive',
  },
  record_goes_back: {
    levels: ['error'],
    by: ['worker'],
    fields: ['queueMessage', 'error'],
    meaning: 'Something other than a handler failed, and the message goes back to the queue',
    todo: 'Look at `error`. If it passes by itself, nothing',
  },
  message_of_another_version: {
    levels: ['error'],
    by: ['worker'],
    fields: ['queueMessage', 'format', 'delaySeconds'],
    meaning:
      'The message was written by a release that is more than one format away. It goes back to the queue, and each time this line is logged again',
    todo: 'Deploy the release that wrote it, or one between',
  },
  traces_not_sent: {
    levels: ['warn'],
    by: ALL,
    fields: ['spans', 'error'],
    meaning:
      'The collector of OpenTelemetry did not take the traces in time: these spans are lost, and nothing else is',
    todo: 'Look whether the collector runs, and at `tracesEndpoint`',
  },
  message_not_postponed: {
    levels: ['warn'],
    by: ['worker'],
    fields: ['queueMessage', 'error'],
    meaning:
      'SQS did not take the time at which the message should come back: it comes back when its visibility ends',
    todo: '',
  },
  sweep: {
    levels: ['info', 'error'],
    by: ['sweeper'],
    fields: [
      'scanned',
      'open',
      'asked',
      'recovered',
      'pulled',
      'gaveUp',
      'lost',
      'missing',
      'unreadable',
      'unreadableEntries',
      'finished',
      'stopped',
      'dryRun',
      'durationMs',
      'error',
    ],
    meaning: 'A run of the sweep ended',
    todo: 'At `error`: look at `error`. The next run goes on where this one ended',
  },
  sweep_ask_failed: {
    levels: ['warn'],
    by: ['sweeper'],
    fields: [...LOGGED, 'outcome', 'reason', 'error'],
    meaning:
      'GitHub did not deliver again: `reason` is `refused`, `outage`, `unexpected` (what GitHub said of this entry is not what its API promises: `error` says it) or `pull_failed`. It counts as an ask, and comes up again',
    todo: '',
  },
  sweep_pull_failed: {
    levels: ['error'],
    by: ['sweeper'],
    fields: [...LOGGED, 'outcome', 'error'],
    meaning: 'A delivery that is too large to be sent again, or one of many, was not handed over',
    todo: 'Look at `error`; it comes up again',
  },
  delivery_given_up: {
    levels: ['error'],
    by: ['sweeper'],
    fields: [...LOGGED, 'attempts'],
    meaning: 'The delivery failed after the last ask: it will not come again',
    todo: "Do by hand what its handlers would have done, or redeliver it in the App's settings under Advanced",
  },
  delivery_lost: {
    levels: ['error'],
    by: ['sweeper'],
    fields: [...LOGGED, 'attempts'],
    meaning: 'GitHub no longer has the delivery: it will not come again',
    todo: 'Do by hand what its handlers would have done',
  },
  delivery_missing: {
    levels: ['error'],
    by: ['sweeper'],
    fields: LOGGED,
    meaning: 'The delivery was taken, a handler claims it, and nothing shows that one began',
    todo: '`npx hookmint show GUID`, then `npx hookmint redeliver GUID`',
  },
  records_of_another_version: {
    levels: ['error'],
    by: ['sweeper'],
    fields: ['records'],
    meaning: 'These records of the sweep were written by a release that is more than one format away',
    todo: 'Deploy the release that wrote them, or one between',
  },
  jwt_refused: {
    levels: ['warn'],
    by: ALL,
    fields: ['reason', 'path'],
    meaning:
      'GitHub refused the JWT, in the words of `reason`. A corrected clock or another key may still help',
    todo: "Compare fingerprints of the keys with the App's settings where it lasts",
  },
  other_installation: {
    levels: ['warn'],
    by: ALL,
    fields: [...DELIVERY, 'handler', 'used'],
    meaning:
      'GitHub does not know the installation that the delivery names, and the App has another one there: that is `used`',
    todo: 'Report it to GitHub where it lasts',
  },
  private_key_unusable: {
    levels: ['error'],
    by: ALL,
    fields: ['error'],
    meaning: 'What is in Secrets Manager now is no key, and the one before goes on',
    todo: 'Put the PEM that GitHub gave; `error` says what was found in its place',
  },
  secret_not_refreshed: {
    levels: ['warn'],
    by: ALL,
    fields: ['error'],
    meaning: 'Secrets Manager failed, and the value that was read before goes on',
    todo: "Check the secret id, the function's role, and the way to Secrets Manager where it lasts",
  },
  rotation: {
    levels: ['info', 'error'],
    by: ['rotator'],
    fields: ['step', 'outcome', 'proof', 'error'],
    meaning: 'A step of the rotation of the webhook secret ended',
    todo: 'At `error`: Secrets Manager tries again, and both secrets are accepted. `hookmint rotate webhook-secret` goes on at once',
  },
  previous_secret_needed: {
    levels: ['info'],
    by: ['webhook'],
    fields: DELIVERY,
    meaning:
      'GitHub signed the delivery with the webhook secret that was rotated out; it is accepted for a day',
    todo: 'Where a day has passed since the rotation: see that GitHub has the new one',
  },
  previous_secret_not_read: {
    levels: ['warn'],
    by: ['webhook'],
    fields: ['error'],
    meaning: 'Secrets Manager failed: until it answers, an old webhook secret may be refused',
    todo: "Check the secret id, the function's role, and the way to Secrets Manager if it lasts",
  },
  webhook_secret_unusable: {
    levels: ['error'],
    by: ['webhook'],
    fields: ['reason'],
    meaning:
      'What is stored as the webhook secret is none, and `reason` says why: only a previous one, if any, still works',
    todo: "Put the secret of the App's settings",
  },
  stray_rejection: {
    levels: ['error'],
    by: ALL,
    fields: ['error'],
    meaning: 'A promise that a handler let go failed after or beside its delivery',
    todo: 'Look at the stack, and await the promise',
  },
  stray_exception: {
    levels: ['error'],
    by: ALL,
    fields: ['error'],
    meaning: 'A callback threw after or beside its delivery',
    todo: 'Look at the stack',
  },
} as const satisfies Readonly<Record<LineCode, LineDescription>>;

export type LineMessage = (typeof MESSAGES)[LineCode];

/** The fields that a line may have, by its message. */
export type LineFields<Message extends LineMessage> = {
  readonly [Name in (typeof LINES)[CodeOf<Message>]['fields'][number]]?: unknown;
};

type CodeOf<Message extends LineMessage> = {
  [Code in LineCode]: (typeof MESSAGES)[Code] extends Message ? Code : never;
}[LineCode];
