/** Reads what the functions write: counts what they say of handlers, and finds what they must not say. */
import { parseJson, readText, toObject } from '../../lib/json/json.ts';
import type { Counts } from './counts.ts';
import type { Witness } from './witness.ts';

/** Stands in every payload. */
export const MARKER = 'marker of the payload';

/** A token, a JWT, a key. SQS's own receipt handles look like half a JWT. */
const CREDENTIAL = /ghs_|eyJ[\w-]*\.|BEGIN/;

interface Deps {
  readonly counts: Counts;
  readonly witness: Witness;
}

export interface Reader {
  /** Texts that nobody may ever see. */
  guard(texts: readonly string[]): void;
  /** A line of a function's. */
  line(text: string): void;
  /** What a function answered. */
  answer(text: string): void;
}

export function createReader({ counts, witness }: Deps): Reader {
  const secrets = [MARKER];
  function check(text: string, where: string): void {
    const leaks = CREDENTIAL.test(text) || secrets.some((secret) => text.includes(secret));
    // The line itself is not repeated: that would be one leak more.
    if (leaks) witness.accuse(`${where} holds a secret or a part of a payload`);
  }

  return {
    guard: (texts) => void secrets.push(...texts),
    answer: (text) => check(text, 'an answer'),
    line(text) {
      const line = toObject(parseJson(text));
      const message = readText(line, 'message') ?? 'a line that is no JSON';
      check(text, `a line of ours (${message})`);
      const work = { guid: readText(line, 'delivery') ?? '', handler: readText(line, 'handler') ?? '' };
      if (message.startsWith('outcome not recorded')) {
        witness.hear(work, 'unrecorded');
        witness.excuse(work.guid, work.handler);
      }
      // Who has the lease now may die of it, and its message is off the queue: then nobody ends the record.
      if (message.startsWith('lease lost')) witness.hear(work, 'unrecorded');
      if (message !== 'handler') {
        counts.add('lines', message);
        return;
      }
      const outcome = readText(line, 'outcome') ?? '';
      const [reason = ''] = (readText(line, 'reason') ?? '').split(':');
      counts.add('runs', outcome === 'failed' ? `failed: ${reason}` : outcome);
      witness.hear(work, outcome);
      // Its time was up: whether its last call arrived, nobody can tell.
      if (reason === 'deadline') witness.excuse(work.guid, work.handler);
      // Without a token it was the mint that got no answer.
      if (reason === 'github_unavailable' && line['token'] !== undefined) witness.hearUnanswered(work);
    },
  };
}
