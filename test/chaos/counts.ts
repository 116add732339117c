/** What is counted while a campaign runs, by group and kind, for the tally at its end. */

export interface Counts {
  add(group: string, kind: string, times?: number): void;
  get(group: string, kind: string): number;
  groups(): readonly string[];
  /** Everything of a group, the most frequent first. */
  of(group: string): readonly (readonly [kind: string, times: number])[];
}

export function createCounts(): Counts {
  const groups = new Map<string, Map<string, number>>();
  const kindsOf = (group: string): Map<string, number> => {
    const kinds = groups.get(group) ?? new Map<string, number>();
    groups.set(group, kinds);
    return kinds;
  };
  return {
    add(group, kind, times = 1) {
      const kinds = kindsOf(group);
      kinds.set(kind, (kinds.get(kind) ?? 0) + times);
    },
    groups: () => [...groups.keys()],
    get: (group, kind) => kindsOf(group).get(kind) ?? 0,
    of: (group) => [...kindsOf(group)].toSorted(([, a], [, b]) => b - a),
  };
}
