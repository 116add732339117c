/** One delivery in GitHub's log, by its GUID. */
import type { LoggedDelivery } from '../../lib/github/logged-delivery.ts';
import type { LogReader } from '../app/delivery-log.ts';
import { CommandError } from '../command-error.ts';
import type { CommandIo } from '../io/io.ts';
import { findAttempts } from './read-deliveries.ts';

/** What GitHub sends is a GUID; a test may send another name. Fit for a query, a path and a terminal. */
export function parseGuid(text: string): string {
  if (/^[\w-]{1,100}$/.test(text)) return text;
  throw new CommandError(`'${text}' is no id of a delivery: X-GitHub-Delivery is a GUID.`);
}

/** Every attempt at it, the newest first. */
export interface FoundDelivery {
  readonly newest: LoggedDelivery;
  readonly attempts: readonly LoggedDelivery[];
}

/**
 * @throws CommandError Where GitHub's log does not have it (any more).
 * @throws ServiceFault What the log throws.
 */
export async function findDelivery(
  guid: string,
  reader: LogReader,
  { clock, showing }: Pick<CommandIo, 'clock' | 'showing'>,
): Promise<FoundDelivery> {
  const attempts = await showing(`Looking for ${guid} in GitHub's log`, (progress) => {
    const onPage = (entries: number): void =>
      progress.say(`Looking for ${guid}: read ${entries} deliveries of GitHub's log`);
    return findAttempts(guid, { reader, now: () => clock.now(), onPage });
  });
  const [newest] = attempts;
  if (newest === undefined) {
    throw new CommandError(
      `GitHub's log has no delivery ${guid}. It goes back three days, an Enterprise Server's seven; and each App has a log of its own.`,
    );
  }
  return { newest, attempts };
}
