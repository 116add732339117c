/** How a deployed stage is doing. Pure. */
import { type Check, fail, type Fact, judged, pass, warn } from './check.ts';

export interface StageFacts {
  /** Lines at level ERROR of the last hour, the newest last. */
  readonly errors: Fact<readonly ErrorLine[]>;
  /** Age of the oldest message in the queue; undefined where there is none, or no queue. */
  readonly queueAgeSeconds: Fact<number | undefined>;
  /** undefined inline. */
  readonly deadLetters: Fact<number | undefined>;
  /** The newest sweep of the last half hour. */
  readonly sweep: Fact<Sweep | undefined>;
  /** When a delivery was last signed with the secret before the current one, within the last day. */
  readonly previousSecret: Fact<Date | undefined>;
  readonly rotation: Fact<Rotation>;
}

/** How the webhook secret rotates. */
export interface Rotation {
  /** When it is to rotate by itself; undefined where it does not. */
  readonly next: Date | undefined;
  readonly last: Date | undefined;
  /** A new secret is there that is not the current one. */
  readonly isBegun: boolean;
  readonly now: Date;
}

export interface ErrorLine {
  readonly at: Date;
  /** `/aws/lambda/hookmint-prod-webhook`. */
  readonly group: string;
  readonly code: string;
  readonly reason: string | undefined;
}

export interface Sweep {
  readonly at: Date;
  /** The log was read to its end. */
  readonly finished: boolean;
}

type StageCheck =
  'functions.errors' | 'queue.age' | 'queue.dead_letters' | 'sweep' | 'secret.previous' | 'secret.rotation';

/** A message may wait out a rate limit; an hour is longer than any of GitHub's. */
const OLD_SECONDS = 3_600;

/** Secrets Manager begins within the day that is due, and tries again where a step fails. */
const OVERDUE_MS = 36 * 3_600_000;

export function judgeStage(facts: StageFacts, stage: string): readonly Check<StageCheck>[] {
  return [
    judged('functions.errors', facts.errors, (errors) => judgeErrors(errors, stage)),
    judged('queue.age', facts.queueAgeSeconds, judgeAge),
    judged('queue.dead_letters', facts.deadLetters, (count) => judgeDeadLetters(count, stage)),
    judged('sweep', facts.sweep, judgeSweep),
    judged('secret.previous', facts.previousSecret, judgePreviousSecret),
    judged('secret.rotation', facts.rotation, (rotation) => judgeRotation(rotation, stage)),
  ];
}

function judgeErrors(errors: readonly ErrorLine[], stage: string): Check<'functions.errors'> {
  const last = errors.at(-1);
  if (last === undefined) return pass('functions.errors', 'No function logged an error within the hour.');
  const name = last.group.split('-').at(-1) ?? last.group;
  const what = `${last.code}${last.reason === undefined ? '' : ` (${last.reason})`}`;
  return warn(
    'functions.errors',
    `${errors.length} errors within the hour; the last at ${last.at.toISOString()} by ${name}: ${what}.`,
    `docs/reasons.md says what a reason means; hookmint show GUID --stage ${stage} tells of a delivery.`,
  );
}

function judgeAge(seconds: number | undefined): Check<'queue.age'> {
  if (seconds === undefined || seconds === 0) return pass('queue.age', 'Nothing waits in the queue.');
  const age = `The oldest message waits since ${Math.round(seconds / 60)} min.`;
  if (seconds <= OLD_SECONDS) return pass('queue.age', age);
  return warn('queue.age', age, 'Look at the errors of the worker, and whether its feed is enabled.');
}

function judgeDeadLetters(count: number | undefined, stage: string): Check<'queue.dead_letters'> {
  if (count === undefined) return pass('queue.dead_letters', 'There is no queue.');
  if (count === 0) return pass('queue.dead_letters', 'There are none.');
  return fail(
    'queue.dead_letters',
    `${count} dead letter${count === 1 ? '' : 's'}.`,
    `hookmint redrive --stage ${stage} --dry-run shows why; without --dry-run it sends them back.`,
  );
}

function judgeSweep(sweep: Sweep | undefined): Check<'sweep'> {
  if (sweep === undefined) {
    return fail(
      'sweep',
      'No sweep was logged for half an hour: what GitHub could not deliver is not asked for again.',
      'See whether the schedule is enabled, and look at the errors of the sweeper.',
    );
  }
  const at = sweep.at.toISOString();
  return sweep.finished
    ? pass('sweep', `The last ended at ${at}.`)
    : warn(
        'sweep',
        `The last, at ${at}, did not come to its end; the next goes on.`,
        'Where it lasts, see docs/logs.md, sweep.',
      );
}

function judgePreviousSecret(neededAt: Date | undefined): Check<'secret.previous'> {
  const id = 'secret.previous';
  if (neededAt === undefined) return pass(id, 'No delivery was signed with an old webhook secret for a day.');
  return warn(
    id,
    `A delivery was signed with the old webhook secret at ${neededAt.toISOString()}.`,
    'After a rotation that ends by itself within minutes; hookmint rotate webhook-secret --end-old refuses the old one at once.',
  );
}

function judgeRotation({ next, last, isBegun, now }: Rotation, stage: string): Check<'secret.rotation'> {
  const id = 'secret.rotation';
  const mend = `hookmint rotate webhook-secret --stage ${stage} brings it to its end; the line \`rotation\` of the rotator says what failed.`;
  if (isBegun)
    return warn(
      id,
      'A rotation of the webhook secret has begun and not ended; both secrets are accepted.',
      mend,
    );
  if (next === undefined) return pass(id, 'The webhook secret rotates by hand alone.');
  if (now.getTime() - next.getTime() > OVERDUE_MS)
    return warn(id, `The webhook secret was to rotate by ${next.toISOString()}, and did not.`, mend);
  const before = last === undefined ? 'it has not yet' : `the last time at ${last.toISOString()}`;
  return pass(id, `The webhook secret rotates by itself: ${before}, the next time by ${next.toISOString()}.`);
}
