/** The figures as the tables of the page. Pure. */
import type { CostLine } from './cost.ts';
import { total } from './cost.ts';
import type { BurstFigures, OrdinaryFigures, Spread } from './figures.ts';
import type { Admitted } from './front-door.ts';
import type { RecoveryFigures } from './recovery.ts';

export function toTable(head: readonly string[], rows: readonly (readonly string[])[]): string {
  const line = (cells: readonly string[]): string => `| ${cells.join(' | ')} |`;
  const rule = head.map((_, column) => (column === 0 ? '---' : '---:'));
  return [line(head), line(rule), ...rows.map(line)].join('\n');
}

export interface Named<T> {
  readonly name: string;
  readonly figures: T;
}

export function showOrdinary(worlds: readonly Named<OrdinaryFigures>[]): string {
  return toTable(
    [
      'ordinary minutes',
      'deliveries a minute',
      'environments',
      'active repositories',
      'active installations',
      'mints a minute',
      'most',
      'an hour',
      'cache hits',
      'in the queue p99, s',
    ],
    worlds.map(({ name, figures }) => [
      name,
      figures.deliveriesPerMinute.toFixed(0),
      figures.environments.toFixed(0),
      group(figures.activeRepositories),
      group(figures.activeInstallations),
      figures.mintsPerMinute.toFixed(0),
      figures.mostMints.toFixed(0),
      group(figures.mintsPerMinute * 60),
      percent(figures.hitRate),
      figures.waits.p99.toFixed(1),
    ]),
  );
}

export function showAges(worlds: readonly Named<BurstFigures>[]): string {
  return toTable(
    [
      '10,000 in a minute',
      'drained after',
      'of the burst: p50 / p99 / max',
      'the large installation',
      'not of the burst',
      'dead letters',
    ],
    worlds.map(({ name, figures }) => [
      name,
      `${figures.drainedMinutes.toFixed(0)} min`,
      showSpread(figures.quiet),
      showSpread(figures.noisy),
      showSpread(figures.bystanders),
      String(figures.deadLetters),
    ]),
  );
}

export function showMints(worlds: readonly Named<BurstFigures>[]): string {
  return toTable(
    [
      '10,000 in a minute',
      'environments',
      'mints',
      'most a minute',
      'refused',
      'most refused a minute',
      'cache hits',
      'receives of a delivery',
      'most',
      'USD per million',
    ],
    worlds.map(({ name, figures }) => [
      name,
      String(figures.environments),
      group(figures.mints),
      String(figures.mostMints),
      group(figures.refusedMints),
      group(figures.mostRefusedMints),
      percent(figures.hitRate),
      figures.receivesPerDelivery.toFixed(1),
      String(figures.mostReceives),
      figures.usd.toFixed(2),
    ]),
  );
}

/** Lines of cost side by side: of an ordinary hour, and with a burst. */
export function showCost(columns: readonly Named<readonly CostLine[]>[]): string {
  const [first] = columns;
  const rows = (first?.figures ?? []).map(({ what }, row) => [
    what,
    ...columns.map(({ figures }) => (figures[row]?.usd ?? 0).toFixed(2)),
  ]);
  const sums = ['**all**', ...columns.map(({ figures }) => `**${total(figures).toFixed(2)}**`)];
  return toTable(['USD per million deliveries', ...columns.map(({ name }) => name)], [...rows, sums]);
}

export function showDoors(doors: readonly Named<readonly Admitted[]>[]): string {
  return toTable(
    ['of 10,000 in a minute GitHub is refused', 'evenly', 'a third in 6 s', 'half in 6 s', 'most at once'],
    doors.map(({ name, figures }) => [
      name,
      ...figures.map(({ refusedAtDoor, throttled }) => group(refusedAtDoor + throttled)),
      String(Math.max(...figures.map(({ mostAtOnce }) => mostAtOnce))),
    ]),
  );
}

export function showRecoveries(recoveries: readonly Named<RecoveryFigures>[]): string {
  return toTable(
    [
      'failed in a minute',
      'the last seen to after',
      'runs',
      'asks a minute, at most',
      'reads a minute, at most',
      'refused by GitHub',
    ],
    recoveries.map(({ name, figures }) => [
      name,
      `${figures.minutes.toFixed(0)} min`,
      String(figures.runs),
      String(figures.mostAsks),
      String(figures.mostReads),
      String(figures.refused),
    ]),
  );
}

/** Seconds below two minutes, minutes above. */
function showSpread({ p50, p99, max }: Spread): string {
  return [p50, p99, max].map(showSeconds).join(' / ');
}

function showSeconds(seconds: number): string {
  return seconds < 120 ? `${seconds.toFixed(1)} s` : `${(seconds / 60).toFixed(0)} min`;
}

function percent(share: number): string {
  return `${(share * 100).toFixed(0)} %`;
}

/** 12345 as 12,345. */
export function group(number: number): string {
  return number.toLocaleString('en-US', { maximumFractionDigits: 0 });
}
