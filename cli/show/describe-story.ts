/** The story of a delivery as lines: where it stands first, what to do about it last. Pure. */
import { type Line, painted } from '../io/lines.ts';
import type { HandlerStory, Story } from './story.ts';

const STYLES = {
  handled: 'green',
  ignored: 'green',
  skipped: 'yellow',
  waiting: 'yellow',
  dead: 'red',
  missing: 'red',
  refused: 'red',
  too_large: 'yellow',
  never_seen: 'red',
  unknown: 'yellow',
} as const;

/** The verdict in words. */
const WORDS = { too_large: 'too large', never_seen: 'never seen' } as const;

const SOURCE_NAMES = {
  github: "GitHub's log",
  handlers: 'the handlers of this folder',
  logs: 'the logs of the functions',
  ledger: 'ledger and sweep (DynamoDB)',
  queue: 'queue and dead letters (SQS)',
} as const;

/** @param payload Its lines, where it was asked for. */
export function describeStory(story: Story, payload: readonly string[]): readonly Line[] {
  const { guid, event, action, verdict, why, nextAt, sources } = story;
  const name = event === null ? 'a delivery' : action === null ? event : `${event}.${action}`;
  const words = verdict in WORDS ? WORDS[verdict === 'too_large' ? 'too_large' : 'never_seen'] : verdict;
  const silent = sources.filter(({ ok }) => !ok);
  return [
    [painted('bold', name), `  ${guid}`],
    [
      painted(STYLES[verdict], words),
      why === '' ? '' : `: ${why}`,
      nextAt === null ? '' : `, until ${nextAt}`,
    ],
    ...section('At GitHub', story.attempts.map(describeAttempt)),
    ...section('Handlers', story.handlers.flatMap(describeHandler)),
    ...section('Where it is now', describePlace(story)),
    ...section(
      'Timeline',
      story.timeline.map(({ at, by, what }) => `  ${at}  ${by.padEnd(12)}  ${what}`),
    ),
    ...section(
      'Did not answer',
      silent.map(({ name: source, problem }): Line => [
        '  ',
        painted('red', SOURCE_NAMES[source]),
        `: ${problem ?? ''}`,
      ]),
    ),
    ...section('Payload', payload),
    ...section(
      'What to do',
      story.todo.map((each) => `  ${each}`),
    ),
  ];
}

function section(title: string, lines: readonly Line[]): readonly Line[] {
  return lines.length === 0 ? [] : ['', [painted('bold', title)], ...lines];
}

function describeAttempt(attempt: Story['attempts'][number]): Line {
  const { id, deliveredAt, status, statusCode, redelivery, answer } = attempt;
  const outcome = answer?.['outcome'];
  return [
    `  ${deliveredAt ?? 'at some time'}  `,
    painted(status === 'OK' ? 'green' : 'red', statusCode === 0 ? status : String(statusCode)),
    typeof outcome === 'string' ? `  ${outcome}` : '',
    `  ${id}`,
    redelivery ? '  (redelivery)' : '',
  ];
}

function describeHandler({ name, state, attempts, leaseUntil, reason, runs }: HandlerStory): readonly Line[] {
  const ledger = [
    state === null ? 'the ledger has nothing of it' : state,
    ...(attempts === null ? [] : [`attempt ${attempts}`]),
    ...(leaseUntil === null ? [] : [`lease until ${leaseUntil}`]),
    ...(reason === null ? [] : [reason]),
  ];
  return [
    ['  ', painted('bold', name), `  ${ledger.join(', ')}`],
    ...runs.map((run): Line => {
      const told = [
        run.reason,
        run.attempt === null ? null : `attempt ${run.attempt}`,
        run.grant,
        run.token === null ? null : `token ${run.token}`,
        run.durationMs === null ? null : `${run.durationMs} ms`,
      ];
      return [
        `    ${run.at}  `,
        painted(run.outcome === 'failed' ? 'red' : 'green', run.outcome),
        `  ${told.filter((part) => part !== null).join(', ')}`,
      ];
    }),
  ];
}

function describePlace({ queue, deadLetters, nextAt }: Story): readonly Line[] {
  return [
    ...deadLetters.map(({ deadSince, reason }) => `  among the dead letters since ${deadSince}: ${reason}`),
    ...(nextAt === null ? [] : [`  comes back at ${nextAt}`]),
    ...(queue === null
      ? []
      : [`  in the queue are ${queue.visible} messages, and ${queue.hidden} are at work or wait`]),
  ];
}
