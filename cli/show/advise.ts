/** What to do about a delivery: the last lines of its page. Pure. */
import { readText } from '../../lib/json/json.ts';
import { findHint } from '../../local/fixtures/stand-in-hint.ts';
import { withoutMarks } from '../../local/terminal/without-marks.ts';
import { DEAD_LETTERS, FAULTS, REJECTIONS, type ReasonDescription } from '../../lib/reasons.ts';
import type { Gathered } from './gather.ts';
import type { Verdict } from './decide.ts';

/** Codes of why something did not go well, the newest first. */
export function listReasons({ attempts, lines, records, queue }: Gathered): readonly string[] {
  const all = [
    ...(queue?.deadLetters ?? []).map(({ reason }) => reason),
    ...records.map(({ record }) => record.reason ?? ''),
    ...lines.toReversed().map(({ fields }) => readText(fields, 'reason') ?? ''),
    ...attempts.map(({ answer }) => readText(answer, 'reason') ?? ''),
  ];
  // A dead letter names the handler before its reason: `labels: rate_limited: …`.
  return [...new Set(all.flatMap((reason) => reason.split(/[;:]\s*/)).filter((code) => REASONS.has(code)))];
}

const REASONS: ReadonlyMap<string, ReasonDescription> = new Map(
  Object.entries({ ...FAULTS, ...REJECTIONS, ...DEAD_LETTERS }),
);

interface Situation {
  readonly guid: string;
  readonly on: string;
  readonly reasons: readonly string[];
  /** Whether GitHub is a stand-in on this machine. */
  readonly isLocal: boolean;
}

export function advise(verdict: Verdict, { guid, on, reasons, isLocal }: Situation): readonly string[] {
  const mends = reasons.flatMap((code) => {
    const hint = isLocal ? findHint(code) : undefined;
    if (hint !== undefined) return [`${code}: ${hint}`];
    const { todo = '' } = REASONS.get(code) ?? {};
    return todo === '' ? [] : [`${code}: ${withoutMarks(todo)}.`];
  });
  switch (verdict) {
    case 'handled':
      return [`Nothing. To run a handler once more: hookmint redeliver ${guid} --handler NAME${on}`];
    case 'ignored':
      return [
        'Nothing, unless a handler should get it: add one to functions/handlers/index.ts, deploy, and redeliver.',
      ];
    case 'skipped':
      return [...mends, `Once what it was skipped for is mended: hookmint redeliver ${guid}${on}`];
    case 'waiting':
      return [...mends, 'It comes back by itself.'];
    case 'dead':
      return [
        ...mends,
        `Once that is mended: hookmint redrive --guid ${guid}${on}, or hookmint redeliver ${guid}${on}`,
      ];
    case 'refused':
      return [
        "Compare the webhook secret in the App's settings with the one that the functions have: hookmint doctor.",
        `Then: hookmint redeliver ${guid}${on}`,
      ];
    case 'too_large':
      return ["The sweep reads it from GitHub's log and hands it over; it needs a minute or two for that."];
    case 'missing':
      return [...mends, `Have it delivered again: hookmint redeliver ${guid}${on}`];
    case 'never_seen':
      return [
        "Compare the id with `hookmint deliveries`. GitHub's log goes back three days, and each App has its own.",
      ];
    case 'unknown':
      return [...mends, 'Mend what keeps those from answering that did not, and ask again.'];
  }
}
