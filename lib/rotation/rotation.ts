/**
 * The four steps by which the webhook secret becomes another, in Secrets Manager's order and words. Each may be
 * repeated, may end anywhere, and may run beside another run of itself: at every moment the functions accept whatever
 * GitHub may sign with. Knows nothing of AWS.
 *
 * The new secret waits under AWSPENDING, which functions accept as well once a signature made them look. Nobody takes
 * that label from a version that has it, so there is one rotation at a time. GitHub hears of the new secret only when
 * every warm process has had to look since; the old one stays AWSPREVIOUS, and is accepted for a day.
 *
 * @see AWS docs, "Rotation by Lambda function"
 */
import { createHash } from 'node:crypto';
import { isDeepStrictEqual } from 'node:util';
import { sleep, type Clock } from '../async/clock.ts';
import { ServiceFault } from '../faults.ts';
import { isObject, parseJson } from '../json/json.ts';
import { PREVIOUS_LIFETIME_MS, REFRESH_INTERVAL_MS } from '../secrets/secret-cache.ts';
import { readSecretField } from '../secrets/secret-value.ts';
import type { SignatureProof } from './prove-secret.ts';

/** The secret and its versions. Every method throws what the store throws. */
export interface SecretVersions {
  /** The labels of each version that has any. */
  labels(signal: AbortSignal): Promise<ReadonlyMap<string, ReadonlySet<string>>>;
  /** undefined where the version has no value (yet). */
  read(
    version: string,
    signal: AbortSignal,
  ): Promise<{ readonly text: string; readonly createdAt: Date } | undefined>;
  /** Gives the version its value, unless it has one. It gets no label, but the one that marks it as ours. */
  put(version: string, text: string, signal: AbortSignal): Promise<void>;
  /**
   * Moves a label. Where it is on another version than `from`, nothing is moved.
   *
   * @returns Whether it is on `to` now.
   */
  move(label: Label, to: string | undefined, from: string | undefined, signal: AbortSignal): Promise<boolean>;
}

type Label = 'AWSCURRENT' | 'AWSPENDING' | 'AWSPREVIOUS';

/** What GitHub is told and asked. Every method throws `ServiceFault`. */
export interface AppWebhook {
  /** From now on GitHub signs with it; safe to repeat. */
  setSecret(secret: string, signal: AbortSignal): Promise<void>;
  /**
   * Looks whether deliveries are signed with it, as far as GitHub lets that be seen.
   *
   * @param others Those that may sign beside it, so that one of them is told from what cannot be seen.
   */
  prove(secret: string, others: readonly string[], signal: AbortSignal): Promise<SignatureProof>;
}

interface RotationDeps {
  readonly versions: SecretVersions;
  readonly webhook: AppWebhook;
  readonly clock: Clock;
  /** 32 bytes in hex. */
  readonly makeSecret: () => string;
}

/** Every method may be repeated, also after it ended halfway. */
export interface Rotation {
  /** Puts a new secret under AWSPENDING. */
  createSecret(version: string, signal: AbortSignal): Promise<void>;
  /** Tells GitHub of it. */
  setSecret(version: string, signal: AbortSignal): Promise<void>;
  /** Sees that GitHub signs with it; nothing of a version that never had a value. */
  testSecret(version: string, signal: AbortSignal): Promise<SignatureProof>;
  /**
   * Makes it the current one. Where what stands beside it in JSON became another meanwhile, such as a private key, the
   * current version is one more, which has the new secret and that: a version cannot be changed.
   */
  finishSecret(version: string, signal: AbortSignal): Promise<void>;
}

/**
 * A warm process that does not know the new secret looks again when a signature does not match, unless it did so within
 * REFRESH_INTERVAL_MS, for a forged request perhaps. After this time whoever looked last has seen it.
 */
export const SETTLE_MS = REFRESH_INTERVAL_MS + 10_000;

/**
 * How long a delivery may be under way. A cold process reads the old secret only while the new one is younger than a
 * day; where a rotation took longer than that, what is signed with the old one is waited for here.
 */
const UNDER_WAY_MS = 10 * 60_000;

/** The four steps that Secrets Manager asks for, in its order. Each may be repeated, and may end anywhere. */
export function createRotation(deps: RotationDeps): Rotation {
  const { versions, webhook, clock, makeSecret } = deps;

  return {
    async createSecret(version, signal) {
      const before = await readState(versions, version, signal);
      if (before.isFinished) return;
      await fill(version, before.current, signal);
      // Secrets Manager gives a version its label before it has a value. Whether a value takes the label off is not promised.
      const state = before.isPending ? await readState(versions, version, signal) : before;
      if (state.isPending) return;
      // A version that is current has ended its rotation; from any other nothing is taken.
      const from = state.pending === state.current ? state.current : undefined;
      if (!(await versions.move('AWSPENDING', version, from, signal))) throw otherRotation();
    },
    async setSecret(version, signal) {
      const pending = await readPending(version, signal);
      if (pending === undefined) return;
      const ageMs = clock.now() - pending.createdAt.getTime();
      if (ageMs < SETTLE_MS) await sleep(clock, SETTLE_MS - ageMs, signal);
      await webhook.setSecret(pending.secret, signal);
    },
    async testSecret(version, signal) {
      if (await isTry(version, signal)) return 'nothing delivered';
      const pending = await readPending(version, signal);
      if (pending === undefined) return 'signed with it';
      const proof = await webhook.prove(pending.secret, await readOthers(version, signal), signal);
      if (proof !== 'refused' && proof !== 'signed with another') return proof;
      throw new ServiceFault(
        'rotation_not_proven',
        'GitHub does not sign with the new webhook secret. It stays pending, and is accepted beside the old one.',
        { detail: proof },
      );
    },
    async finishSecret(version, signal) {
      const pending = await readPending(version, signal);
      if (pending === undefined) return;
      if (clock.now() - pending.createdAt.getTime() > PREVIOUS_LIFETIME_MS - 2 * UNDER_WAY_MS)
        await sleep(clock, UNDER_WAY_MS, signal);
      const { current } = await readState(versions, version, signal);
      const next = await findNext(versions, { version, pending, current }, signal);
      if (next !== current && !(await versions.move('AWSCURRENT', next, current, signal)))
        throw otherRotation();
      // That it is still pending, too, hurts nobody: the next rotation may take the label from it.
      await versions.move('AWSPENDING', undefined, version, signal);
    },
  };

  async function fill(version: string, current: string | undefined, signal: AbortSignal): Promise<void> {
    if ((await versions.read(version, signal)) !== undefined) return;
    const old = current === undefined ? undefined : await versions.read(current, signal);
    await versions.put(version, withSecret(old?.text, makeSecret()), signal);
  }

  /** A schedule that is new is tried by Secrets Manager with this step alone, of a version that nobody filled. */
  async function isTry(version: string, signal: AbortSignal): Promise<boolean> {
    const held = (await versions.labels(signal)).get(version);
    return held?.size === 1 && held.has('AWSPENDING') && (await versions.read(version, signal)) === undefined;
  }

  /** What the secret was before. */
  async function readOthers(version: string, signal: AbortSignal): Promise<readonly string[]> {
    const { current } = await readState(versions, version, signal);
    const stored = current === undefined ? undefined : await versions.read(current, signal);
    const values = stored === undefined ? [] : (readSecretField(stored.text, 'webhookSecret') ?? []);
    return values.filter((value) => typeof value === 'string');
  }

  /** @returns undefined where it is current already. */
  async function readPending(version: string, signal: AbortSignal): Promise<Pending | undefined> {
    const state = await readState(versions, version, signal);
    if (state.isFinished) return undefined;
    if (!state.isPending) throw otherRotation();
    const stored = await versions.read(version, signal);
    if (stored === undefined) {
      throw new ServiceFault(
        'rotation_not_ready',
        'The new webhook secret has no value yet: createSecret did not end.',
      );
    }
    const [secret] = readSecretField(stored.text, 'webhookSecret') ?? [];
    if (typeof secret === 'string') return { secret, ...stored };
    throw new ServiceFault('rotation_not_ready', 'The new webhook secret cannot be read.');
  }
}

interface Pending {
  readonly secret: string;
  /** The whole value, with what stands beside the secret. */
  readonly text: string;
  readonly createdAt: Date;
}

interface State {
  readonly current: string | undefined;
  readonly pending: string | undefined;
  /** Of the version that was asked about. */
  readonly isFinished: boolean;
  readonly isPending: boolean;
}

async function readState(versions: SecretVersions, version: string, signal: AbortSignal): Promise<State> {
  const labels = await versions.labels(signal);
  const find = (label: Label): string | undefined => [...labels].find(([, held]) => held.has(label))?.[0];
  const [current, pending] = [find('AWSCURRENT'), find('AWSPENDING')];
  return { current, pending, isFinished: current === version, isPending: pending === version };
}

/** In JSON where the old one was, with whatever else stood there. */
function withSecret(old: string | undefined, secret: string): string {
  const parsed = old?.trim().startsWith('{') === true ? parseJson(old) : undefined;
  return isObject(parsed) ? JSON.stringify({ ...parsed, webhookSecret: secret }) : secret;
}

/**
 * Looks whether the current version is still the one that the pending version was made from, but for the secret.
 *
 * @returns The version that is to be the current one; `current` itself where it has the new secret already.
 */
async function findNext(
  versions: SecretVersions,
  { version, pending, current }: Pick<State, 'current'> & { version: string; pending: Pending },
  signal: AbortSignal,
): Promise<string> {
  const now = current === undefined ? undefined : await versions.read(current, signal);
  if (current === undefined || now === undefined) return version;
  const wanted = withSecret(now.text, pending.secret);
  if (isSameValue(now.text, wanted)) return current;
  if (isSameValue(pending.text, wanted)) return version;
  // Another run of this step finds the same id, and Secrets Manager takes no second value for it.
  const next = createHash('sha256').update(`${version} ${current}`).digest('hex');
  await versions.put(next, wanted, signal);
  return next;
}

/** Of two objects in JSON the order of fields and the blanks mean nothing. */
function isSameValue(one: string, other: string): boolean {
  const [a, b] = [parseJson(one), parseJson(other)];
  return one === other || (isObject(a) && isObject(b) && isDeepStrictEqual(a, b));
}

function otherRotation(): ServiceFault {
  return new ServiceFault(
    'rotation_elsewhere',
    'The version is not the one that is pending: another rotation of the webhook secret is under way, or this one was ended.',
  );
}
