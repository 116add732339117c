/** What the handlers need against what the App may do and is sent. Pure. */
import { isEnough, isUnsubscribable, type Levels, type Needs } from '../../lib/build/app-needs.ts';
import type { AppFacts } from './ask-app.ts';
import { type Check, fail, pass, warn } from './check.ts';

type NeedsCheck = 'permissions.missing' | 'permissions.surplus' | 'events.missing' | 'events.surplus';

/** GitHub gives it to every App that has any other; every App gets it without asking. */
const ALWAYS = 'metadata';

export function judgeNeeds(needs: Needs, app: AppFacts): readonly Check<NeedsCheck>[] {
  return [
    judgeMissingPermissions(needs, app),
    judgeSurplusPermissions(needs, app),
    judgeMissingEvents(needs, app),
    judgeSurplusEvents(needs, app),
  ];
}

function judgeMissingPermissions(
  needs: Needs,
  { permissions, settingsUrl }: AppFacts,
): Check<'permissions.missing'> {
  const id = 'permissions.missing';
  const missing = beyond(needs.permissions, permissions).filter(([name]) => name !== ALWAYS);
  if (missing.length > 0) {
    return fail(id, `The App lacks ${describe(missing, needs)}.`, toPermissionsPage(settingsUrl));
  }
  if (needs.takeAll.length > 0) {
    return warn(
      id,
      `What ${needs.takeAll.join(', ')} needs is not declared (permissions: 'all'); of the others nothing is missing.`,
      'Declare what they need: hookmint grants shows it.',
    );
  }
  return pass(id, 'The App has what every handler and its events need.');
}

function judgeSurplusPermissions(
  needs: Needs,
  { permissions, settingsUrl }: AppFacts,
): Check<'permissions.surplus'> {
  const id = 'permissions.surplus';
  const surplus = beyond(permissions, needs.permissions).filter(([name]) => name !== ALWAYS);
  if (surplus.length === 0) return pass(id, 'The App has no more than that.');
  const names = surplus.map(([name, level]) => toSurplus(name, level, needs.permissions)).join(', ');
  if (needs.takeAll.length > 0) {
    return pass(id, `Only ${needs.takeAll.join(', ')} may need ${names}.`);
  }
  return warn(id, `No handler needs ${names}.`, toPermissionsPage(settingsUrl));
}

function judgeMissingEvents(needs: Needs, { events, settingsUrl }: AppFacts): Check<'events.missing'> {
  const id = 'events.missing';
  const missing = needs.events.filter((event) => !events.includes(event));
  if (missing.length > 0) {
    const named = missing.map((event) => `${event} (${needs.neededBy.event.get(event)?.join(', ')})`);
    return fail(id, `The App is not subscribed to ${named.join(', ')}.`, toPermissionsPage(settingsUrl));
  }
  if (needs.neverSent.length > 0) {
    return warn(
      id,
      `GitHub sends no App these events: ${needs.neverSent.join(', ')}.`,
      'Take their handlers out, or make a webhook of the repository or organization.',
    );
  }
  return pass(id, 'The App is sent every event that a handler claims.');
}

function judgeSurplusEvents(needs: Needs, { events, settingsUrl }: AppFacts): Check<'events.surplus'> {
  const id = 'events.surplus';
  const surplus = events.filter((event) => !needs.events.includes(event) && !isUnsubscribable(event));
  if (surplus.length === 0) return pass(id, 'The App is sent no other.');
  return warn(
    id,
    `No handler claims ${surplus.join(', ')}: each such delivery costs a request, and is ignored.`,
    toPermissionsPage(settingsUrl),
  );
}

/** What of the one the other does not reach. */
function beyond(one: Levels, other: Levels): readonly (readonly [name: string, level: string])[] {
  return Object.entries(one).filter(([name, level]) => !isEnough(other[name], level));
}

function describe(missing: readonly (readonly [string, string])[], { neededBy }: Needs): string {
  return missing
    .map(([name, level]) => `${name}: ${level} (${neededBy.permission.get(name)?.join(', ') ?? 'a handler'})`)
    .join(', ');
}

function toSurplus(name: string, level: string, needed: Levels): string {
  return needed[name] === undefined ? `${name}: ${level}` : `${name}: ${level} (${needed[name]} is enough)`;
}

/** Whoever owns the App changes them there, and every account that installed it is asked to accept. */
function toPermissionsPage(settingsUrl: string): string {
  return `${settingsUrl}/permissions`;
}
