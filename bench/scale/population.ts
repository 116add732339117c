/** Who sends deliveries: installations and their repositories, few of them busy and most of them quiet. Pure. */
import type { Random } from '../../local/random.ts';

export interface Population {
  readonly installations: number;
  /** Of all deliveries, those of the one installation that is larger than all others. */
  readonly noisyShare: number;
  /** Repositories of that one. */
  readonly noisyRepositories: number;
  /** Repositories of an installation: this many at least, with a long tail up to `mostRepositories`. */
  readonly leastRepositories: number;
  readonly mostRepositories: number;
}

/** Where a delivery comes from. */
export interface Origin {
  readonly installationId: number;
  readonly repositoryId: number;
}

/** The large one. */
export const NOISY_ID = 1;

/** Tail of the number of repositories: one installation in ten has seven times the least, one in a hundred 46 times. */
const TAIL = 1.2;

export function createOrigins(population: Population, random: Random): () => Origin {
  const { installations, noisyShare } = population;
  return () => {
    const isNoisy = random.next() < noisyShare;
    const installationId = isNoisy ? NOISY_ID : 1 + toRank(installations - 1, random.next());
    const repository = toRank(countRepositories(population, installationId), random.next());
    return { installationId, repositoryId: installationId * 10_000 + repository };
  };
}

/** An installation's own, the same in every run. */
export function countRepositories(population: Population, installationId: number): number {
  const { leastRepositories, mostRepositories, noisyRepositories } = population;
  if (installationId === NOISY_ID) return noisyRepositories;
  // The golden ratio spreads the ids evenly over [0, 1), so that busy and quiet ones have the same tail.
  const spread = (installationId * 0.618_033_988_749_895) % 1;
  return Math.min(mostRepositories, Math.floor(leastRepositories * (1 - spread) ** (-1 / TAIL)));
}

/** From 1 to `count`, the first as often as the second and third together: Zipf's law with exponent 1. */
function toRank(count: number, uniform: number): number {
  return Math.min(count, Math.floor((count + 1) ** uniform));
}
