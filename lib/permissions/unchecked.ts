/** The way round the check, for a route that the package's facts do not know yet, or know wrong. */
import type { UncheckedRoute } from './verdict.ts';

/**
 * Lets any route through: `github.request(unchecked('GET /…'), { … })`. Its parameters and its answer have no
 * types then. What the token may not do, GitHub refuses at run time.
 *
 * @param route Method and path, as Octokit takes them.
 */
export function unchecked(route: string): UncheckedRoute {
  // oxlint-disable-next-line typescript/no-unsafe-type-assertion -- the mark exists for the compiler only
  return route as UncheckedRoute;
}
