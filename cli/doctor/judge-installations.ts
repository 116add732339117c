/** Who installed the App, and what they have not accepted. Pure. */
import type { Installation } from '../installations/list-installations.ts';
import { isEnough, type Levels } from '../../lib/build/app-needs.ts';
import { type Check, type Fact, judged, pass, warn } from './check.ts';

type InstallationCheck = 'installations.pending' | 'installations.suspended';

/** How many are named. */
const NAMED = 20;

export function judgeInstallations(
  installations: Fact<readonly Installation[]>,
  /** What the App asks for; undefined where GitHub does not say. */
  asked: Levels | undefined,
): readonly Check<InstallationCheck>[] {
  return [
    judged('installations.pending', installations, (all) => judgePending(all, asked)),
    judged('installations.suspended', installations, (all) => {
      const suspended = all.filter(({ suspendedAt }) => suspendedAt !== null);
      if (suspended.length === 0) return pass('installations.suspended', 'None is suspended.');
      return warn(
        'installations.suspended',
        `Suspended: ${cut(suspended.map(toName))}. Their deliveries are skipped.`,
        'Whoever suspended them lifts that: the account, in its settings, or the owner of the App.',
      );
    }),
  ];
}

function judgePending(
  all: readonly Installation[],
  asked: Levels | undefined,
): Check<'installations.pending'> {
  const id = 'installations.pending';
  if (asked === undefined)
    return warn(id, 'Not checked: what the App asks for is not known.', 'See the checks above.');
  if (all.length === 0)
    return warn(id, 'Nobody has installed the App.', 'Install it from its page at GitHub.');
  const pending = all.flatMap((installation) => {
    const missing = findPending(installation, asked);
    return missing.length === 0 ? [] : [`${toName(installation)} (${missing.join(', ')})`];
  });
  if (pending.length === 0) return pass(id, `${all.length} installed it, and accepted all that it asks for.`);
  return warn(
    id,
    `Not accepted yet by ${pending.length} of ${all.length}: ${cut(pending)}.`,
    'The owners of those accounts accept on the page of the installation; GitHub has sent them a mail.',
  );
}

/** What the App asks for and the account has not granted: the level with the name. */
export function findPending(
  { permissions }: Pick<Installation, 'permissions'>,
  asked: Levels,
): readonly string[] {
  return Object.entries(asked)
    .filter(([name, level]) => !isEnough(permissions[name], level))
    .map(([name, level]) => `${name}: ${level}`);
}

function toName({ account, id }: Installation): string {
  return account ?? String(id);
}

function cut(names: readonly string[]): string {
  const more = names.length - NAMED;
  return more > 0 ? `${names.slice(0, NAMED).join(', ')} and ${more} more` : names.join(', ');
}
