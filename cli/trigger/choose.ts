/** Which deliveries are meant. Pure. */
import { findNearest, isNear } from '../../lib/events/nearest.ts';
import { type Fixture, findFixtures, toFixtureName } from '../../local/fixtures/fixtures.ts';
import { tellByName } from '../../local/fixtures/tell-event.ts';
import { CommandError } from '../command-error.ts';

export interface Chosen extends Fixture {
  /** Whose it is: a fixture of the app, or one of GitHub's examples. */
  readonly of: 'app' | 'examples';
}

interface Recorded {
  /** The app's own. */
  readonly fixtures: readonly Fixture[];
  /** Names of the app's files that cannot be sent as they are. */
  readonly unreadable: readonly string[];
  /** Read only where no fixture of the app is meant. */
  readonly loadExamples: () => readonly Fixture[];
}

/**
 * The app's fixtures go first: all that fit. Where none does, one example of somebody else's.
 *
 * @throws CommandError Where there is no such thing, or a file of the app's that is meant cannot be read: another
 *         delivery in its place would look as though the file had been sent.
 */
export function choose(
  names: readonly string[],
  { fixtures, unreadable, loadExamples }: Recorded,
): readonly Chosen[] {
  if (names.length === 0) {
    throw new CommandError(`Which one? Any event of GitHub's, or one of these:\n\n${listNames(fixtures)}`);
  }
  return names.flatMap((name): readonly Chosen[] => {
    const own = findFixtures(fixtures, name);
    const isOneFile = own.some((fixture) => fixture.name === toFixtureName(name));
    const broken = isOneFile ? [] : unreadable.filter((file) => isMeant(file, name));
    if (broken.length > 0) {
      throw new CommandError(
        `Nothing was sent: '${name}' means ${broken.join(', ')} of functions/fixtures, which cannot be read. Mend it, or take it away.`,
      );
    }
    if (own.length > 0) return own.map((fixture) => ({ ...fixture, of: 'app' }));
    const examples = loadExamples();
    const [example] = findFixtures(examples, name);
    if (example !== undefined) return [{ ...example, of: 'examples' }];
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

/** Whether a file that nobody can read is the one of this name, or by its name one of this event and action. */
function isMeant(file: string, wanted: string): boolean {
  const name = toFixtureName(file);
  if (name === toFixtureName(wanted)) return true;
  const [event] = wanted.split('.', 1);
  return tellByName(name) === event && `${toDashed(name)}-`.startsWith(`${toDashed(wanted)}-`);
}

function toDashed(name: string): string {
  return name.toLowerCase().replaceAll(/[_.]/g, '-');
}
