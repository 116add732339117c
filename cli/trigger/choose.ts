/** Which deliveries are meant. Pure. */
import { findNearest, isNear } from '../../lib/events/nearest.ts';
import { type Fixture, findFixtures } from '../../local/fixtures/fixtures.ts';
import { CommandError } from '../command-error.ts';

interface Recorded {
  /** The app's own. */
  readonly fixtures: readonly Fixture[];
  /** Read only where no fixture of the app is meant. */
  readonly loadExamples: () => readonly Fixture[];
}

/**
 * The app's fixtures go first: all that fit. Where none does, one example of somebody else's.
 *
 * @throws CommandError Where there is no such thing.
 */
export function choose(names: readonly string[], { fixtures, loadExamples }: Recorded): readonly Fixture[] {
  if (names.length === 0) {
    throw new CommandError(`Which one? Any event of GitHub's, or one of these:\n\n${listNames(fixtures)}`);
  }
  return names.flatMap((name) => {
    const own = findFixtures(fixtures, name);
    if (own.length > 0) return own;
    const examples = loadExamples();
    const [example] = findFixtures(examples, name);
    if (example !== undefined) return [example];
    const nearest = findNearest(
      name,
      [...fixtures, ...examples].map(({ event }) => event),
    );
    const hint = nearest !== undefined && isNear(name, nearest) ? ` Did you mean '${nearest}'?` : '';
    throw new CommandError(
      `There is no recorded delivery '${name}', and no example of one.${hint} The app's own:\n\n${listNames(fixtures)}`,
    );
  });
}

export function listNames(fixtures: readonly Fixture[]): string {
  if (fixtures.length === 0) return '  (functions/fixtures is empty)';
  const eventWidth = Math.max(...fixtures.map(({ event }) => event.length));
  return fixtures.map(({ event, name }) => `  ${event.padEnd(eventWidth)}  ${name}`).join('\n');
}
