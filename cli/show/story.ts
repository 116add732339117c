/** What became of one delivery, put together from what was gathered. Pure. */
import { isObject, type JsonObject, readText } from '../../lib/json/json.ts';
import { isIgnoredKey } from '../../lib/ledger/ignored.ts';
import { toDeliveryJson } from '../deliveries/describe-delivery.ts';
import { advise, listReasons } from './advise.ts';
import { decide, type Verdict } from './decide.ts';
import { type Gathered, isOfHandler, type Source } from './gather.ts';
import type { LoggedLine } from './read-lines.ts';

interface Run {
  readonly at: string;
  readonly outcome: string;
  readonly reason: string | null;
  readonly attempt: number | null;
  readonly grant: string | null;
  readonly token: string | null;
  readonly durationMs: number | null;
}

export interface HandlerStory {
  readonly name: string;
  /** By the ledger; null where it has no record. */
  readonly state: string | null;
  readonly attempts: number | null;
  readonly leaseUntil: string | null;
  readonly endedAt: string | null;
  readonly reason: string | null;
  /** By the log. */
  readonly runs: readonly Run[];
}

export interface Moment {
  readonly at: string;
  readonly by: 'github' | 'log' | 'ledger' | 'dead letters' | 'sweep';
  readonly what: string;
}

export interface Story {
  readonly guid: string;
  readonly event: string | null;
  readonly action: string | null;
  readonly verdict: Verdict;
  readonly why: string;
  readonly hookId: string | null;
  /** When it is tried again, as far as that can be known. */
  readonly nextAt: string | null;
  readonly attempts: readonly (ReturnType<typeof toDeliveryJson> & { readonly answer: JsonObject | null })[];
  readonly handlers: readonly HandlerStory[];
  readonly queue: { readonly visible: number; readonly hidden: number } | null;
  readonly deadLetters: readonly { readonly deadSince: string; readonly reason: string }[];
  readonly timeline: readonly Moment[];
  readonly sources: readonly Source[];
  /** The last word: what to do about it. */
  readonly todo: readonly string[];
}

interface Target {
  /** What the next commands need: ` --stage prod`, or nothing. */
  readonly on: string;
  /** Whether GitHub is a stand-in on this machine. */
  readonly isLocal: boolean;
}

export function tellStory(gathered: Gathered, now: Date, target: Target): Story {
  const { guid, attempts, lines, hookId = null, queue, sources } = gathered;
  const [newest] = attempts;
  const lined = lines.find(({ fields }) => readText(fields, 'event') !== undefined)?.fields;
  const handlers = tellHandlers(gathered);
  const { verdict, why } = decide(gathered, now);
  const nextAt = findNext(gathered, now);
  return {
    guid,
    event: newest?.logged.event ?? readText(lined, 'event') ?? null,
    action: newest?.logged.action ?? readText(lined, 'action') ?? null,
    verdict,
    why,
    hookId,
    nextAt: verdict === 'waiting' ? (nextAt?.toISOString() ?? null) : null,
    attempts: attempts.map(({ logged, answer }) => ({ ...toDeliveryJson(logged), answer: answer ?? null })),
    handlers,
    queue: queue?.messages ?? null,
    deadLetters: (queue?.deadLetters ?? []).map(({ deadSince, reason }) => ({
      deadSince: deadSince.toISOString(),
      reason,
    })),
    timeline: tellTimeline(gathered),
    sources,
    todo: advise(verdict, { ...target, guid, reasons: listReasons(gathered) }),
  };
}

function tellHandlers({ handlers, records, lines }: Gathered): readonly HandlerStory[] {
  const known = records.filter(isOfHandler);
  const logged = lines.flatMap(({ fields }) => readText(fields, 'handler') ?? []);
  const names = new Set([...handlers, ...known.map(({ key }) => key.handler), ...logged]);
  return [...names].map((name) => {
    const record = known.find(({ key }) => key.handler === name)?.record;
    return {
      name,
      state: record?.state ?? null,
      attempts: record?.attempts ?? null,
      leaseUntil: record?.state === 'claimed' ? new Date(record.leaseUntilMs).toISOString() : null,
      endedAt: record?.endedAtMs ? new Date(record.endedAtMs).toISOString() : null,
      reason: record?.reason ?? null,
      runs: lines.filter(({ code, fields }) => code === 'handler' && fields['handler'] === name).map(toRun),
    };
  });
}

function toRun({ at, fields }: LoggedLine): Run {
  const toNumber = (name: string): number | null => {
    const value = fields[name];
    return typeof value === 'number' ? value : null;
  };
  return {
    at: at.toISOString(),
    outcome: readText(fields, 'outcome') ?? '',
    reason: readText(fields, 'reason') ?? null,
    attempt: toNumber('attempt'),
    grant: readText(fields, 'grant') ?? null,
    token: readText(fields, 'token') ?? null,
    durationMs: toNumber('durationMs'),
  };
}

/** When it comes back: the end of a lease, the delay of its message, or the sweep's next ask. */
function findNext({ records, lines, sweep }: Gathered, now: Date): Date | undefined {
  const leases = records
    .filter(({ record }) => record.state === 'claimed')
    .map(({ record }) => record.leaseUntilMs);
  const last = lines.findLast(({ code, fields }) => code === 'delivery' && fields['next'] !== undefined);
  const delay = last?.fields['delaySeconds'];
  const times = [
    ...leases,
    ...(last?.fields['next'] === 'again' && typeof delay === 'number'
      ? [last.at.getTime() + delay * 1000]
      : []),
    ...(sweep?.state === 'open' && sweep.nextAtMs !== undefined ? [sweep.nextAtMs] : []),
  ].filter((ms) => ms > now.getTime());
  return times.length === 0 ? undefined : new Date(Math.min(...times));
}

function tellTimeline({ attempts, lines, records, queue, sweep }: Gathered): readonly Moment[] {
  const moments: Moment[] = [
    ...attempts.map(({ logged, answer }) => ({
      at: new Date(logged.deliveredAtMs).toISOString(),
      by: 'github' as const,
      what: [
        logged.redelivery ? 'delivered again' : 'delivered',
        logged.statusCode === 0 ? logged.status : String(logged.statusCode),
        readText(answer, 'outcome'),
      ]
        .filter((part) => part !== undefined)
        .join(', '),
    })),
    ...lines.map(({ at, fields }) => ({ at: at.toISOString(), by: 'log' as const, what: toWords(fields) })),
    ...records.flatMap(({ key, record }) =>
      record.endedAtMs === null
        ? []
        : [
            {
              at: new Date(record.endedAtMs).toISOString(),
              by: 'ledger' as const,
              what: isIgnoredKey(key)
                ? 'no handler wanted it'
                : `${key.handler}: ${record.state}${record.reason === null ? '' : `, ${record.reason}`}`,
            },
          ],
    ),
    ...(queue?.deadLetters ?? []).map(({ deadSince, reason }) => ({
      at: deadSince.toISOString(),
      by: 'dead letters' as const,
      what: reason,
    })),
    ...(sweep?.nextAtMs === undefined
      ? []
      : [
          {
            at: new Date(sweep.nextAtMs).toISOString(),
            by: 'sweep' as const,
            what: `asks GitHub again, after ${sweep.attempts ?? 0} times`,
          },
        ]),
  ];
  return moments.toSorted((a, b) => (a.at < b.at ? -1 : Number(a.at > b.at)));
}

/** A line in a few words: the rest of it says which delivery, which is known. */
function toWords(fields: JsonObject): string {
  const names = [
    'handler',
    'outcome',
    'reason',
    'status',
    'attempt',
    'next',
    'delaySeconds',
    'grant',
    'token',
    'durationMs',
  ];
  const told = names.flatMap((name) => {
    const value = fields[name];
    return typeof value === 'string' || typeof value === 'number' ? [`${name} ${value}`] : [];
  });
  const error = isObject(fields['error']) ? [`error ${readText(fields['error'], 'message') ?? ''}`] : [];
  return [readText(fields, 'message') ?? '', ...told, ...error].join(', ');
}
