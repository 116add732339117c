/** What the console's page may read and change. */
import { isObject, readText, toObject } from '../../lib/json/json.ts';
import type { LedgerTable } from '../aws/ledger-table.ts';
import type { Sqs } from '../aws/sqs.ts';
import type { IssuedToken } from '../github/types.ts';
import type { Sweeper } from '../server/serve.ts';
import { sendDeadLettersBack } from './dead-letters.ts';
import { findDifference } from './difference.ts';
import type { DeclaredGrant } from './grants.ts';
import type { Entry, Journal } from './journal.ts';
import type { Difference, Summary } from './messages.ts';
import type { Redaction } from './redaction.ts';
import { FixtureRefused, saveFixture } from './save-fixture.ts';
import type { SendAgain } from './send-again.ts';
import type { Answer, ConsoleApi } from './server.ts';
import { describeLocal, judgeGrants } from './state.ts';
import { toDetail } from './to-detail.ts';
import { readPayload, readPayloadText, toSummary } from './to-summary.ts';

export interface ConsoleParts {
  readonly journal: Journal;
  readonly sendAgain: SendAgain;
  readonly redaction: Redaction;
  /** The webhook's, as it is now. */
  readonly secret: () => string;
  readonly tokens: readonly IssuedToken[];
  readonly declared: () => readonly DeclaredGrant[];
  readonly ledger: LedgerTable | undefined;
  readonly sqs: Sqs | undefined;
  readonly sweeper: Sweeper | undefined;
  /** Of the recorded deliveries. */
  readonly fixtures: string;
  /** A recorded delivery of this name was written. */
  readonly onSaved: (name: string) => void;
  /** Which one, in words. */
  readonly github: string;
}

export function createApi(parts: ConsoleParts): ConsoleApi {
  const { journal, redaction } = parts;
  const show = (summary: Summary): string => redaction.text(JSON.stringify(summary));
  return {
    async read(path, query) {
      if (path === '/api/deliveries')
        return {
          body: `[${journal
            .all()
            .map((entry) => show(toSummary(entry)))
            .join(',')}]`,
          type: JSON_TYPE,
        };
      if (path === '/api/search') return { body: search(query.get('text') ?? '', journal) };
      if (path === '/api/grants') return { body: judgeGrants(parts) };
      if (path === '/api/local') return { body: await describeLocal(parts) };
      const [, key = '', part = ''] = /^\/api\/deliveries\/(\d+)(?:\/(\w+))?$/.exec(path) ?? [];
      const entry = journal.get(Number(key));
      return entry && readDelivery(entry, part, parts);
    },
    async change(path, body) {
      const asked = toObject(body);
      if (path === '/api/sweep') return act(async () => parts.sweeper?.sweep());
      if (path === '/api/ledger/forget')
        return act(async () => parts.ledger?.forget(readText(asked, 'id') ?? ''));
      if (path === '/api/dead-letters/redrive')
        return act(async () => parts.sqs && sendDeadLettersBack(parts.sqs));
      const [, key = '', what = ''] = /^\/api\/deliveries\/(\d+)\/(\w+)$/.exec(path) ?? [];
      const entry = journal.get(Number(key));
      return entry && changeDelivery(entry, what, asked, parts);
    },
    follow(listener) {
      return journal.onChange((entry) => listener('delivery', show(toSummary(entry))));
    },
  };
}

const JSON_TYPE = 'application/json; charset=utf-8';

function readDelivery(entry: Entry, part: string, parts: ConsoleParts): Answer | undefined {
  const { redaction, secret, tokens, declared } = parts;
  switch (part) {
    case '': {
      const handlers = declared().map(({ name }) => name);
      return { body: toDetail(entry, { secret: secret(), tokens, redaction, handlers }) };
    }
    case 'payload':
      return { body: redaction.text(readPayloadText(entry) ?? ''), type: 'text/plain; charset=utf-8' };
    case 'raw': {
      const { body = '', isBase64Encoded } = entry.request;
      const text = isBase64Encoded ? Buffer.from(body, 'base64').toString('utf8') : body;
      return { body: redaction.text(text), type: 'text/plain; charset=utf-8' };
    }
    case 'difference':
      return { body: compareWithLast(entry, parts) };
    default:
      return undefined;
  }
}

async function changeDelivery(
  entry: Entry,
  what: string,
  asked: ReturnType<typeof toObject>,
  parts: ConsoleParts,
): Promise<Answer | undefined> {
  const { sendAgain, fixtures, redaction, onSaved } = parts;
  switch (what) {
    case 'replay': {
      const handler = readText(asked, 'handler');
      return act(async () => ({ id: await sendAgain(entry, handler === undefined ? {} : { handler }) }));
    }
    case 'send': {
      const payload = readText(asked, 'payload') ?? '';
      const event = readText(asked, 'event');
      if (!isObject(parse(payload))) return { status: 400, body: { error: 'the payload is no JSON object' } };
      return act(async () => ({
        id: await sendAgain(entry, { payload, ...(event !== undefined && { event }) }),
      }));
    }
    case 'fixture': {
      const name = readText(asked, 'name') ?? '';
      onSaved(name);
      const redact = (text: string): string => redaction.text(text);
      return act(async () => ({ file: await saveFixture(entry, { name, folder: fixtures, redact }) }));
    }
    default:
      return undefined;
  }
}

function parse(text: string): unknown {
  try {
    return JSON.parse(text);
  } catch {
    return undefined;
  }
}

async function act(work: () => Promise<unknown>): Promise<Answer> {
  try {
    return { body: { done: true, ...toObject(await work()) } };
  } catch (error) {
    const status = error instanceof FixtureRefused ? 400 : 500;
    return { status, body: { error: error instanceof Error ? error.message : 'it failed' } };
  }
}

/** @returns Keys of the deliveries whose body holds the text, in any case. */
function search(text: string, journal: Journal): readonly number[] {
  const wanted = text.toLowerCase();
  if (wanted === '') return [];
  return journal
    .all()
    .filter((entry) => (readPayloadText(entry) ?? '').toLowerCase().includes(wanted))
    .map(({ key }) => key);
}

function compareWithLast(entry: Entry, { journal, redaction }: ConsoleParts): Difference {
  const { event, key } = toSummary(entry);
  const before = journal.all().findLast((each) => each.key < key && toSummary(each).event === event);
  if (before === undefined) return { changes: [], more: 0 };
  const { title, at } = toSummary(before);
  const { changes, more } = findDifference(
    redaction.value(readPayload(before)),
    redaction.value(readPayload(entry)),
  );
  return { against: { key: before.key, title, at }, changes, more };
}
