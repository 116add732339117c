/** The tally of a campaign as a table. Pure. */
import type { CampaignResult } from './campaign.ts';
import { createCounts } from './counts.ts';

/** Of log lines only these say something that the rest of the tally does not. */
const TELLING_LINES: ReadonlySet<string> = new Set([
  'lease lost: another owner may have run this handler as well',
  'outcome not recorded: a copy of this delivery would run this handler again',
  'record goes back',
  'stray rejection',
  'stray exception',
]);

/** Several campaigns as one. */
export function addUp(results: readonly CampaignResult[]): CampaignResult {
  const counts = createCounts();
  for (const { counts: each } of results) {
    for (const name of each.groups())
      for (const [kind, times] of each.of(name)) counts.add(name, kind, times);
  }
  const sum = (of: (result: CampaignResult) => number): number =>
    results.reduce((total, result) => total + of(result), 0);
  return {
    counts,
    unaccounted: results.flatMap(({ unaccounted }) => unaccounted),
    ends: results.flatMap(({ ends }) => ends),
    effects: results.flatMap(({ effects }) => effects),
    deaths: results.flatMap(({ deaths }) => deaths),
    mints: sum(({ mints }) => mints),
    seconds: sum(({ seconds }) => seconds),
  };
}

export function showTally(deliveries: number, result: CampaignResult): string {
  const { counts, ends, effects, deaths, mints, seconds } = result;
  const rows: (readonly [string, string | number])[] = [
    ['deliveries', deliveries],
    ...group('handlers', countBy(ends)),
    ...group('dead letters', countBy(deaths)),
    ...group('effects', countBy(effects)),
    ...group('answers to GitHub', counts.of('answers')),
    ...group('sweep', counts.of('sweep')),
    ...group('payloads', counts.of('payloads')),
    ...group('copies', counts.of('copies')),
    ...group('runs', counts.of('runs')),
    ...group('processes', counts.of('processes')),
    ...['calls for an effect', 'calls as the App', 'Secrets Manager', 'SQS', 'DynamoDB'].flatMap((where) =>
      group(`faults of ${where}`, counts.of(`faults: ${where}`)),
    ),
    ...group(
      'lines',
      counts.of('lines').filter(([line]) => TELLING_LINES.has(line)),
    ),
    ['mints', mints],
    ['seconds', seconds],
  ];
  return rows.map(([name, value]) => `${String(value).padStart(7)}  ${name}`).join('\n');
}

function group(name: string, kinds: readonly (readonly [string, number])[]) {
  return kinds.filter(([, times]) => times > 0).map(([kind, times]) => [`${name}: ${kind}`, times] as const);
}

function countBy(texts: readonly string[]): readonly (readonly [string, number])[] {
  const times = new Map<string, number>();
  for (const text of texts) times.set(text, (times.get(text) ?? 0) + 1);
  return [...times].toSorted(([, a], [, b]) => b - a);
}
