/**
 * A GitHub that signs, a Secrets Manager, and processes of the webhook function that verify: as far as a rotation of the
 * webhook secret concerns them, in time that a test moves. The functions' own cache, verifier and steps are the real ones.
 */
import { createHmac } from 'node:crypto';
import type { Clock } from '../../lib/async/clock.ts';
import {
  createRotation,
  type AppWebhook,
  type Rotation,
  type SecretVersions,
} from '../../lib/rotation/rotation.ts';
import { createSecretCache, type ReadSecret } from '../../lib/secrets/secret-cache.ts';
import { createWebhookSecrets, type WebhookSecrets } from '../../lib/secrets/webhook-secrets.ts';
import { findLiveSigner } from '../../lib/webhook/find-live-signer.ts';
import { parseSignature } from '../../lib/webhook/verify.ts';
import {
  createSecretStore,
  moveStage,
  putVersion,
  type Secret,
  versionAt,
} from '../../local/aws/secret-store.ts';
import { recordingLog } from '../github/scene.ts';

const ID = 'hookmint/webhook-secret';
const STAGES = { current: 'AWSCURRENT', previous: 'AWSPREVIOUS', pending: 'AWSPENDING' } as const;

/** Ends a step between any two of its effects, before or after that effect. */
export class Killed extends Error {}

export interface RotationWorld {
  readonly clock: Clock & { set(ms: number): void };
  readonly secret: Secret;
  /** Asked before and after each effect of a step; what it throws ends the step there. */
  fault: (effect: string) => void;
  /** Called each time a step waits, with the time that passes meanwhile. */
  onWait: (ms: number) => Promise<void>;
  /** What GitHub signs with. */
  signsWith(): string;
  rotation(): Rotation;
  /** A process of the webhook function. @returns Whether it took what GitHub signed, or somebody forged. */
  process(): (signedWith?: string) => Promise<boolean>;
}

export function createRotationWorld(startMs: number): RotationWorld {
  let nowMs = startMs;
  const store = createSecretStore();
  const secret = store.create(ID);
  putVersion(secret, { SecretString: 'the first secret' }, { id: 'first', createdAt: new Date(nowMs) });
  let github = 'the first secret';
  let made = 0;

  const world: RotationWorld = {
    clock: {
      now: () => nowMs,
      set: (ms) => {
        nowMs = ms;
      },
      after(ms, callback) {
        // Limits of calls that end at once never fall due; a step that waits says so.
        if (ms < 10_000) return () => {};
        void passTime(world, ms, callback);
        return () => {};
      },
    },
    secret,
    fault: () => {},
    onWait: async (ms) => {
      nowMs += ms;
    },
    signsWith: () => github,
    rotation: () =>
      createRotation({
        versions: toVersions(world),
        webhook: toWebhook(world, (next) => {
          github = next;
        }),
        clock: world.clock,
        makeSecret: () => `secret number ${(made += 1)}`,
      }),
    process: () => createProcess(world),
  };
  return world;
}

async function passTime(world: RotationWorld, ms: number, callback: () => void): Promise<void> {
  await world.onWait(ms);
  callback();
}

function toVersions(world: RotationWorld): SecretVersions {
  const { secret } = world;
  const effect = <T>(name: string, work: () => T): T => {
    world.fault(`before ${name}`);
    const result = work();
    world.fault(`after ${name}`);
    return result;
  };
  return {
    labels: async () =>
      effect('labels', () => {
        const labelled = [...secret.versions.values()].filter(({ stages }) => stages.size > 0);
        return new Map(labelled.map(({ id, stages }) => [id, new Set(stages)]));
      }),
    read: async (version) =>
      effect('read', () => {
        const found = secret.versions.get(version);
        return found && { text: found.value.SecretString ?? '', createdAt: found.createdAt };
      }),
    put: async (version, text) =>
      effect('put', () => {
        const createdAt = new Date(world.clock.now());
        if (!secret.versions.has(version))
          putVersion(secret, { SecretString: text }, { id: version, stages: ['HOOKMINT'], createdAt });
      }),
    move: async (label, to, from) =>
      effect(`move ${label}`, () => {
        const holder = versionAt(secret, label);
        if (holder !== undefined && holder.id !== from && holder.id !== to) return false;
        const target = to === undefined ? undefined : secret.versions.get(to);
        if (target === undefined) holder?.stages.delete(label);
        else moveStage(secret, label, target);
        return true;
      }),
  };
}

function toWebhook(world: RotationWorld, set: (secret: string) => void): AppWebhook {
  return {
    async setSecret(next) {
      world.fault('before PATCH');
      set(next);
      world.fault('after PATCH');
    },
    async prove(asked) {
      world.fault('before prove');
      return asked === world.signsWith() ? 'signed with it' : 'refused';
    },
  };
}

function createProcess(world: RotationWorld): (signedWith?: string) => Promise<boolean> {
  const { clock, secret } = world;
  const now = () => clock.now();
  const { log } = recordingLog();
  const readSecret: ReadSecret = async (_, version) => {
    const found = versionAt(secret, STAGES[version]);
    return found && { text: found.value.SecretString ?? '', createdAt: found.createdAt };
  };
  const cache = createSecretCache({ readSecret, rotating: new Set([ID]), clock, log });
  const secrets = createWebhookSecrets({ cache, secretId: ID, now, log });
  return (signedWith = world.signsWith()) => verify(secrets, signedWith);
}

const BODY = '{"zen":"Keep it logically awesome."}';
const { signal } = new AbortController();

/** By secret: GitHub signs the same body again and again. */
const signatures = new Map<string, Buffer>();

async function verify(secrets: WebhookSecrets, signedWith: string): Promise<boolean> {
  const signature = signatures.get(signedWith) ?? sign(signedWith);
  return (await findLiveSigner(BODY, signature, secrets, signal)) !== undefined;
}

function sign(secret: string): Buffer {
  const digest = createHmac('sha256', secret).update(BODY).digest('hex');
  const signature = parseSignature(`sha256=${digest}`) ?? Buffer.alloc(32);
  signatures.set(secret, signature);
  return signature;
}
