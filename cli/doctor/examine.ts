/**
 * Asks everybody who knows something of the App, and judges what they say. Whoever is silent, or says what nobody can
 * use, is named by the checks that asked; the others still answer. Why there is no App to ask is said once, by the check
 * that it belongs to.
 */
import type { CallAsApp } from '../../lib/github/app-calls.ts';
import { createDeliveryLog, toCallTime } from '../../lib/github/delivery-log.ts';
import type { LoggedDelivery } from '../../lib/github/logged-delivery.ts';
import { readSecretField } from '../../lib/secrets/secret-value.ts';
import type { AppKey } from '../app/app-key.ts';
import { createCallsWith } from '../app/calls.ts';
import { loadHandlers } from '../app/handlers.ts';
import type { NamedApp } from '../app/named-app.ts';
import { findNeeds, type Needs } from '../../lib/build/app-needs.ts';
import { type Installation, listInstallations } from '../installations/list-installations.ts';
import type { CommandIo } from '../io/io.ts';
import type { AppFacts } from './ask-app.ts';
import { askHook, askSignatures } from './ask-hook.ts';
import { askWithKeys } from './ask-with-keys.ts';
import { type Check, type CheckId, type Fact, fail, learn, NEEDS_APP, notMade, pass } from './check.ts';
import { judgeApp, judgeClock, judgeKey, judgeVersion } from './judge-app.ts';
import { judgeActive, judgeHook, judgeSecret } from './judge-hook.ts';
import { judgeInstallations } from './judge-installations.ts';
import { judgeNeeds } from './judge-needs.ts';

export interface Patient {
  readonly app: Fact<NamedApp>;
  /** Where deliveries are to go to; undefined where nobody says. */
  readonly webhookAddress: string | undefined;
}

/** For one call, in milliseconds: three tries of four seconds. */
const CALL_MS = 12_000;

const NEEDS_CHECKS = [
  'permissions.missing',
  'permissions.surplus',
  'events.missing',
  'events.surplus',
] as const;

/** @returns A verdict for each of `CHECK_IDS`, in their order. */
export async function examine(
  { app: named, webhookAddress }: Patient,
  io: CommandIo,
  signal: AbortSignal,
): Promise<readonly Check<CheckId>[]> {
  const first = await askFirst(named, io, signal);
  const { needs, asking } = first;
  // Without the App's own answer, nothing that it asks with its keys is answered either.
  const app = first.app.isKnown ? first.app : NEEDS_APP;
  const call = (): CallAsApp => known(asking).callWith(known(asking).keys);
  const ask = <T>(work: (calls: CallAsApp) => Promise<T>): Promise<Fact<T>> =>
    learn(async () => {
      known(app);
      return work(call());
    });
  const [hook, log, installations] = await Promise.all([
    ask((calls) => askHook(calls, signal)),
    ask((calls) => readNewest(calls, signal)),
    ask((calls) => readAll(listInstallations(calls, signal))),
  ]);
  const secret = await learn(async () => {
    const entries = known(log);
    const secrets = await readSecrets(known(named));
    return { log: entries, signed: await askSignatures(call(), entries, secrets, signal) };
  });
  const settingsUrl = app.isKnown ? app.value.settingsUrl : 'the settings of the App';
  return [
    judgeConfig(named, needs),
    judgeKey(first.app, named.isKnown ? named.value.keyIsIn : 'file'),
    judgeClock(app),
    judgeApp(first.app, named.isKnown ? named.value : undefined),
    ...judgeBoth(needs, app),
    ...judgeHook(hook, { expected: webhookAddress, settingsUrl }),
    judgeActive(log, settingsUrl),
    judgeSecret(secret, settingsUrl),
    ...judgeInstallations(installations, app.isKnown ? app.value.permissions : undefined),
    judgeVersion(app),
  ];
}

/** What the deployment of these handlers depends on, and no more is asked for. */
export async function examineHandlers(
  { app: named }: Patient,
  io: CommandIo,
  signal: AbortSignal,
): Promise<readonly Check<CheckId>[]> {
  const { needs, app } = await askFirst(named, io, signal);
  return [
    judgeConfig(named, needs),
    judgeKey(app, named.isKnown ? named.value.keyIsIn : 'file'),
    judgeApp(app, named.isKnown ? named.value : undefined),
    ...judgeBoth(needs, app).filter(({ id }) => id.endsWith('.missing')),
  ];
}

function judgeConfig(named: Fact<NamedApp>, needs: Fact<Needs>): Check<'config'> {
  const wrong = [
    ...(named.isKnown ? [] : [{ why: named.why, mend: 'Name the App, or make one: hookmint register.' }]),
    ...(needs.isKnown ? [] : [{ why: needs.why, mend: 'Mend the handler: hookmint build says the same.' }]),
  ];
  if (!named.isKnown || wrong.length > 0) {
    return fail('config', wrong.map(({ why }) => why).join('\n'), wrong.map(({ mend }) => mend).join(' '));
  }
  const { appId, apiUrl, namedBy } = named.value;
  return pass('config', `App ${appId} at ${apiUrl}, named by ${namedBy}`);
}

function judgeBoth(needs: Fact<Needs>, app: Fact<AppFacts>): readonly Check<CheckId>[] {
  if (needs.isKnown && app.isKnown) return judgeNeeds(needs.value, app.value);
  return NEEDS_CHECKS.map((id) => notMade(id, app.isKnown ? 'the handlers' : 'the App'));
}

interface First {
  readonly needs: Fact<Needs>;
  readonly asking: Fact<Asking>;
  /** Where it is not known for what `asking` is not, the error is the same. */
  readonly app: Fact<AppFacts>;
}

/** What every examination begins with: what the handlers need, and what GitHub says of the App. */
async function askFirst(named: Fact<NamedApp>, io: CommandIo, signal: AbortSignal): Promise<First> {
  const needs = await learn(async () => findNeeds((await loadHandlers(io)).handlers));
  if (!named.isKnown) return { needs, asking: NEEDS_APP, app: NEEDS_APP };
  const asking = await learn(() => openCalls(named.value, io));
  const app = asking.isKnown
    ? await learn(() => askWithKeys(asking.value.keys, named.value, io, signal))
    : asking;
  return { needs, asking, app };
}

interface Asking {
  readonly keys: readonly AppKey[];
  /** Calls that are signed with the first of these keys that GitHub takes. */
  readonly callWith: (keys: readonly AppKey[]) => CallAsApp;
}

/** @throws CommandError, ServiceFault Where there is no key, or what is there is none. */
async function openCalls(app: NamedApp, io: CommandIo): Promise<Asking> {
  const keys = await app.keys();
  return { keys, callWith: (some) => createCallsWith(some, app, io) };
}

/** The first page of the log: a hundred deliveries. */
async function readNewest(call: CallAsApp, signal: AbortSignal): Promise<readonly LoggedDelivery[]> {
  for await (const { deliveries } of createDeliveryLog(call).pages(undefined, () =>
    toCallTime(signal, CALL_MS),
  )) {
    return deliveries;
  }
  return [];
}

async function readAll(pages: AsyncIterable<Installation>): Promise<readonly Installation[]> {
  const all: Installation[] = [];
  for await (const installation of pages) all.push(installation);
  return all;
}

/** As the functions read it: the secret itself, or JSON with one or a list. */
async function readSecrets(app: NamedApp): Promise<readonly string[]> {
  const values = readSecretField(await app.webhookSecret(), 'webhookSecret') ?? [];
  return values.filter((value) => typeof value === 'string').map((value) => value.replace(/[\r\n]+$/, ''));
}

/** @throws What the fact could not be learnt for. */
function known<T>(fact: Fact<T>): T {
  if (fact.isKnown) return fact.value;
  throw fact.error;
}
