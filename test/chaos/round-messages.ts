/** What goes between `npm run chaos` and the processes of its rounds. Pure. */
import type { CampaignResult, Progress } from './campaign.ts';
import { createCounts } from './counts.ts';

export interface Round {
  readonly seed: number;
  readonly deliveries: number;
}

/** A result without functions, so that it can be sent. */
interface Packed extends Omit<CampaignResult, 'counts'> {
  readonly counts: readonly (readonly [group: string, kind: string, times: number])[];
}

export type RoundMessage =
  | { readonly kind: 'progress'; readonly progress: Progress }
  | { readonly kind: 'result'; readonly result: Packed };

export function toArguments({ seed, deliveries }: Round): readonly string[] {
  return [String(seed), String(deliveries)];
}

export function readRound([seed, deliveries]: readonly string[]): Round {
  return { seed: Number(seed), deliveries: Number(deliveries) };
}

export function pack({ counts, ...rest }: CampaignResult): Packed {
  const all = counts
    .groups()
    .flatMap((group) => counts.of(group).map(([kind, times]) => [group, kind, times] as const));
  return { ...rest, counts: all };
}

export function unpack({ counts: all, ...rest }: Packed): CampaignResult {
  const counts = createCounts();
  for (const [group, kind, times] of all) counts.add(group, kind, times);
  return { ...rest, counts };
}
