/** What the doctor says: one verdict for each thing that it looked at. Pure. */
import { ServiceFault } from '../../lib/faults.ts';

/** In the order in which they are shown. */
export const CHECK_IDS = [
  'config',
  'key',
  'clock',
  'app',
  'permissions.missing',
  'permissions.surplus',
  'events.missing',
  'events.surplus',
  'hook.url',
  'hook.content_type',
  'hook.ssl',
  'hook.active',
  'secret',
  'installations.pending',
  'installations.suspended',
  'api.version',
] as const;

export type CheckId = (typeof CHECK_IDS)[number];
export type Status = 'pass' | 'warn' | 'fail';

export interface Check<Id extends string = string> {
  readonly id: Id;
  readonly status: Status;
  /** What was found. */
  readonly message: string;
  /** What to do: a page or a command. null where nothing is to be done. */
  readonly mend: string | null;
}

export function pass<Id extends string>(id: Id, message: string): Check<Id> {
  return { id, status: 'pass', message, mend: null };
}

export function warn<Id extends string>(id: Id, message: string, mend: string): Check<Id> {
  return { id, status: 'warn', message, mend };
}

export function fail<Id extends string>(id: Id, message: string, mend: string): Check<Id> {
  return { id, status: 'fail', message, mend };
}

/** What was asked of somebody who may be silent: the answer, or why there is none. */
export type Fact<T> =
  | { readonly isKnown: true; readonly value: T }
  | { readonly isKnown: false; readonly why: string; readonly error: unknown };

/** Never throws: what cannot be learnt here leaves other things to be learnt. */
export async function learn<T>(ask: () => Promise<T> | T): Promise<Fact<T>> {
  try {
    return { isKnown: true, value: await ask() };
  } catch (error) {
    return { isKnown: false, why: describe(error), error };
  }
}

/** Why something was not asked: it needs what another check says is not there. */
export class NotAsked extends Error {
  override readonly name = 'NotAsked';
  readonly needs: string;
  constructor(needs: string) {
    super(`needs ${needs}`);
    this.needs = needs;
  }
}

/** What is asked of an App that is not there or does not answer: the check `config`, `key` or `app` says why. */
export const NEEDS_APP: Fact<never> = {
  isKnown: false,
  why: 'needs the App',
  error: new NotAsked('the App'),
};

/** Where there is no answer to judge. */
export function notChecked<Id extends string>(id: Id, why: string): Check<Id> {
  return warn(id, `Not checked: ${why}`, 'Run hookmint doctor again when that answers.');
}

/** Where nothing was asked. The check that says why has the mend. */
export function notMade<Id extends string>(id: Id, needs: string): Check<Id> {
  return { id, status: 'warn', message: `Not made: needs ${needs}.`, mend: null };
}

/** Every other check that warns has a mend. */
export function isNotMade({ status, mend }: Check): boolean {
  return status === 'warn' && mend === null;
}

/** Judges an answer, where there is one. */
export function judged<T, Id extends string>(
  id: Id,
  fact: Fact<T>,
  judge: (value: T) => Check<Id>,
): Check<Id> {
  if (fact.isKnown) return judge(fact.value);
  return fact.error instanceof NotAsked ? notMade(id, fact.error.needs) : notChecked(id, fact.why);
}

function describe(error: unknown): string {
  if (error instanceof ServiceFault && error.detail !== undefined)
    return `${error.message} (${error.detail})`;
  return error instanceof Error ? error.message : String(error);
}
