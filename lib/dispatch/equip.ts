/** The third step: the handler gets what it works with: its settings, its token, and the client that carries it. */
import type { OwnSignal } from '../async/abort.ts';
import type { Authority, GitHubApp } from '../github/app.ts';
import { ServiceFault } from '../faults.ts';
import type { Grant } from '../github/grant.ts';
import type { BoundLog } from '../log/log.ts';
import type { GivenSettings, ReadSettings } from '../settings/read-settings.ts';
import type { Handler } from './define-handler.ts';
import type { Job } from './job.ts';

/** What a handler works with, and what must not be seen of that. */
export interface Equipment {
  /** Absent for a handler that declares none. */
  readonly settings: GivenSettings['values'] | undefined;
  /** Absent for a handler that needs no token. */
  readonly authority: Authority | undefined;
  /** What no log and no answer may show: secrets among the settings, and every token so far. */
  readonly secrets: () => Iterable<string>;
}

interface EquipDeps {
  readonly app: Pick<GitHubApp, 'authorise'>;
  /** Absent where no handler has any. */
  readonly settings: ReadSettings | undefined;
  /** Aborts when the handler has ended: its client then refuses new calls. */
  readonly life: OwnSignal;
  /** Bound to the handler. */
  readonly log: BoundLog;
}

interface Asked {
  readonly job: Job;
  /** Absent for a handler that needs no token. */
  readonly grant: Grant | undefined;
}

/** @throws ServiceFault What `ReadSettings` and `GitHubApp.authorise` throw. */
export async function equip(handler: Handler, { job, grant }: Asked, deps: EquipDeps): Promise<Equipment> {
  if (Object.keys(handler.settings).length === 0) {
    const authority = await authorise(grant, job, deps);
    return { settings: undefined, authority, secrets: authority?.secrets ?? (() => []) };
  }
  const { values: settings, secrets } = await readSettings(handler, deps);
  const log = deps.log.guarding({ secrets: () => secrets });
  const authority = await authorise(grant, job, { ...deps, log });
  return { settings, authority, secrets: () => [...secrets, ...(authority?.secrets() ?? [])] };
}

async function readSettings(
  { name, settings: declared }: Handler,
  { settings, life }: EquipDeps,
): Promise<GivenSettings> {
  if (settings !== undefined) return settings(declared, life.signal);
  throw new ServiceFault('config_invalid', `Nothing gives the handler '${name}' its settings.`);
}

function authorise(
  grant: Grant | undefined,
  job: Job,
  { app, life, log }: EquipDeps,
): Promise<Authority> | undefined {
  return grant && app.authorise(grant, { ...job, deadline: { ...job.deadline, signal: life }, log });
}
