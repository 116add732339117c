/**
 * Tries handlers with a delivery and with its recording, each alone, as a test of theirs would: does the recording lead
 * to the same end, and which fields do they read that it has stand-ins for?
 */
import type { Handler } from '../../lib/dispatch/define-handler.ts';
import { HandlerEnding } from '../../lib/dispatch/endings.ts';
import { type JsonObject, readField, readText } from '../../lib/json/json.ts';
import { run, type RunResult } from '../../lib/testing/run.ts';
import { findNeed } from '../../local/github/permissions.ts';
import type { Recording } from './record-fixture.ts';
import { noteReads } from './watch-reads.ts';

/** What a handler came to; nothing of the payload is in it. */
interface End {
  readonly outcome: RunResult['outcome'];
  /** What it asked of GitHub and was answered, in no order: `POST /repos/{owner}/{repo}/labels 201`. */
  readonly calls: readonly string[];
}

export interface Comparison {
  readonly handler: string;
  /** Whether both came to the same end. */
  readonly alike: boolean;
  readonly original: End;
  readonly recording: End;
  /** Fields of the original that it read, and that the recording has stand-ins for. */
  readonly lost: Recording['replaced'];
  /** Why it failed with the recording, in the words of what it threw; null where it did not fail. */
  readonly problem: string | null;
}

/** Whom a GitHub knows that knows of nothing but the payload: then both are tried in the same world. */
const WORLD = { installations: [], repositories: [], users: [] };

/** Nothing listens there (RFC 863): a handler that is told to call somebody reaches nobody. */
const SETTING = 'http://127.0.0.1:9/';

export async function compareHandlers(
  handlers: readonly Handler[],
  original: JsonObject,
  { event, fixture, replaced }: Recording,
): Promise<readonly Comparison[]> {
  const comparisons: Comparison[] = [];
  // One after the other: what one prints is not mixed with what another does.
  for (const each of handlers) {
    const handler = withOwnEndings(each);
    const settings = Object.fromEntries(Object.keys(handler.settings).map((name) => [name, SETTING]));
    const read = new Set<string>();
    const noting = noteReads(handler, (path) => read.add(path));
    const options = { world: WORLD, settings };
    const before = await run(noting, { event, payload: original }, options);
    const { body: payload, headers } = fixture;
    const after = await run(handler, { event, payload, headers }, options);
    const [one, other] = [toEnd(before), toEnd(after)];
    comparisons.push({
      handler: handler.name,
      alike: JSON.stringify(one) === JSON.stringify(other),
      original: one,
      recording: other,
      lost: replaced.filter(({ path }) => read.has(path)),
      problem: after.error instanceof Error ? after.error.message : null,
    });
  }
  return comparisons;
}

/** A table is bundled with a copy of the package of its own, whose `skip` this one does not know. */
function withOwnEndings(handler: Handler): Handler {
  return {
    ...handler,
    async handle(context) {
      try {
        await handler.handle(context);
      } catch (error) {
        throw toOwnEnding(error);
      }
    },
  };
}

function toOwnEnding(thrown: unknown): unknown {
  const kind = readText(thrown, 'kind');
  const isEnding = readText(thrown, 'name') === 'HandlerEnding';
  if (!isEnding || (kind !== 'skip' && kind !== 'retry' && kind !== 'give_up')) return thrown;
  const seconds = readField(thrown, 'retryAfterSeconds');
  const afterSeconds = typeof seconds === 'number' ? seconds : undefined;
  return new HandlerEnding(kind, readText(thrown, 'message') ?? '', afterSeconds);
}

/** Paths name people: of a call its route is told. Calls side by side have no order. */
function toEnd({ outcome, calls }: RunResult): End {
  const routes = calls.map(({ method, path, status }) => {
    const route = findNeed(method, path.split('?', 1)[0] ?? '')?.route ?? `${method} (no route of GitHub's)`;
    return `${route} ${status}`;
  });
  return { outcome, calls: routes.toSorted() };
}
