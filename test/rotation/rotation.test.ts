/** A rotation of the webhook secret: at no moment is a delivery refused that GitHub signed, wherever a step ends. */
import { beforeEach, describe, expect, it } from 'vitest';
import type { Rotation } from '../../lib/rotation/rotation.ts';
import { PREVIOUS_LIFETIME_MS } from '../../lib/secrets/secret-cache.ts';
import { putVersion, versionAt } from '../../local/aws/secret-store.ts';
import { createRotationWorld, Killed, type RotationWorld } from './world.ts';

const START = Date.parse('2026-01-01T00:00:00Z');
const SECOND = 1_000;
const MINUTE = 60 * SECOND;
const DAY = 24 * 60 * MINUTE;
const STEPS = ['createSecret', 'setSecret', 'testSecret', 'finishSecret'] as const;
const { signal } = new AbortController();

let world: RotationWorld;
/** One that was warm before, one that forged requests make look, one that is new each time. */
let warm: (signedWith?: string) => Promise<boolean>;
let forged: (signedWith?: string) => Promise<boolean>;
let refused: string[];

beforeEach(async () => {
  world = createRotationWorld(START);
  warm = world.process();
  forged = world.process();
  refused = [];
  await deliver('at the beginning');
});

/** What GitHub signs now reaches each process, and what it signed before is under way. */
async function deliver(when: string): Promise<void> {
  for (const [name, take] of Object.entries({ warm, forged, cold: world.process() })) {
    if (!(await take())) refused.push(`${when}: ${name}`);
  }
}

async function takeAll(rotation: Rotation, version: string): Promise<void> {
  for (const step of STEPS) await rotation[step](version, signal);
}

const currentText = () => versionAt(world.secret, 'AWSCURRENT')?.value.SecretString;

describe('a rotation', () => {
  it('ends with a new secret, at GitHub and as the current one, and the old one is accepted for a day', async () => {
    world.onWait = async (ms) => {
      await forged('a guess'); // which makes it look, and then not again for half a minute
      await deliver('while it waits');
      world.clock.set(world.clock.now() + ms);
    };
    await takeAll(world.rotation(), 'second');
    await deliver('afterwards');
    expect(refused).toEqual([]);
    expect([currentText(), world.signsWith()]).toEqual(['secret number 1', 'secret number 1']);
    expect(await world.process()('the first secret')).toBe(true);
    world.clock.set(START + 2 * DAY);
    expect([await warm('the first secret'), await warm()]).toEqual([false, true]);
  });

  it('and its old secret ended after a leak: every process that saw the new one refuses the old within 5 s', async () => {
    const rotation = world.rotation();
    await rotation.createSecret('second', signal);
    await rotation.setSecret('second', signal);
    await deliver('while the new one is pending');
    await rotation.finishSecret('second', signal);
    expect([await warm('the first secret'), await forged('the first secret')]).toEqual([true, true]);
    versionAt(world.secret, 'AWSPREVIOUS')?.stages.delete('AWSPREVIOUS');
    world.clock.set(world.clock.now() + 5 * SECOND);
    expect([await warm('the first secret'), await forged('the first secret')]).toEqual([false, false]);
    await deliver('afterwards');
    expect(refused).toEqual([]);
  });

  it('keeps what else stands in the JSON of the secret', async () => {
    const value = { SecretString: '{"webhookSecret":"a","privateKey":"pem"}' };
    putVersion(world.secret, value, { id: 'json', createdAt: new Date(START) });
    await takeAll(world.rotation(), 'second');
    expect(JSON.parse(currentText() ?? '')).toEqual({ webhookSecret: 'secret number 1', privateKey: 'pem' });
  });

  it.each([
    {
      what: 'a private key',
      meanwhile: '{"webhookSecret":"a","privateKey":"a new pem"}',
      is: { webhookSecret: 'secret number 1', privateKey: 'a new pem' },
    },
    {
      what: 'what came beside the secret',
      meanwhile: '{"webhookSecret":"a","privateKey":"pem","more":1}',
      is: { webhookSecret: 'secret number 1', privateKey: 'pem', more: 1 },
    },
  ])(
    'undoes nothing that changed meanwhile: $what, wherever its last step ends',
    async ({ meanwhile, is }) => {
      const value = { SecretString: '{"webhookSecret":"a","privateKey":"pem"}' };
      for (let at = 1, wasKilled = true; wasKilled; at += 1) {
        world = createRotationWorld(START);
        putVersion(world.secret, value, { id: 'json', createdAt: new Date(START) });
        await world.rotation().createSecret('second', signal);
        await world.rotation().setSecret('second', signal);
        putVersion(
          world.secret,
          { SecretString: meanwhile },
          { id: 'meanwhile', createdAt: new Date(START) },
        );
        wasKilled = await finishKilledAt(at);
        if (wasKilled && versionAt(world.secret, 'AWSPENDING') !== undefined)
          await world.rotation().finishSecret('second', signal);
        expect([at, JSON.parse(currentText() ?? '')]).toEqual([at, is]);
        expect(versionAt(world.secret, 'AWSPENDING')).toBeUndefined();
        expect(versionAt(world.secret, 'AWSPREVIOUS')?.id).toBe('meanwhile');
        await takeAll(world.rotation(), 'third');
        expect(currentText()).toContain(world.signsWith());
      }
    },
  );

  it('does not take the current label from a version that came while it looked', async () => {
    await world.rotation().createSecret('second', signal);
    await world.rotation().setSecret('second', signal);
    world.fault = (effect) => {
      if (effect === 'before move AWSCURRENT')
        putVersion(world.secret, { SecretString: 'by a person' }, { id: 'late', createdAt: new Date(START) });
    };
    const finished = world.rotation().finishSecret('second', signal);
    await expect(finished).rejects.toMatchObject({ code: 'rotation_elsewhere' });
    expect(currentText()).toBe('by a person');
  });

  it('takes the label from no other rotation that is under way', async () => {
    await world.rotation().createSecret('second', signal);
    await expect(takeAll(world.rotation(), 'third')).rejects.toMatchObject({ code: 'rotation_elsewhere' });
    await takeAll(world.rotation(), 'second');
    await takeAll(world.rotation(), 'third');
    expect(currentText()).toBe(world.signsWith());
  });

  it('waits for what is under way where it took longer than a day', async () => {
    await world.rotation().createSecret('second', signal);
    world.clock.set(START + PREVIOUS_LIFETIME_MS + MINUTE);
    const before = world.signsWith();
    await world.rotation().setSecret('second', signal);
    const waits: number[] = [];
    world.onWait = async (ms) => {
      waits.push(ms);
      // Sent before GitHub changed over.
      if (!(await world.process()(before))) refused.push('under way');
      world.clock.set(world.clock.now() + ms);
    };
    await world.rotation().finishSecret('second', signal);
    expect([waits, refused]).toEqual([[10 * MINUTE], []]);
  });
});

/** @returns Whether there was so late an effect to be killed at. */
async function finishKilledAt(at: number): Promise<boolean> {
  let met = 0;
  world.fault = (effect) => {
    met += 1;
    if (met === at) throw new Killed(effect);
  };
  const [ended] = await Promise.allSettled([world.rotation().finishSecret('second', signal)]);
  world.fault = () => {};
  if (ended?.status !== 'rejected') return false;
  expectKilled(ended.reason);
  return true;
}

/** Every place where a step can end, found by a run that counts them. */
async function countEffects(): Promise<number> {
  let count = 0;
  world.fault = () => {
    count += 1;
  };
  await takeAll(world.rotation(), 'counted');
  return count;
}

describe('wherever a step ends, is repeated, or meets another run of itself', () => {
  it('no delivery is refused, and the rotation comes to its end', async () => {
    const effects = await countEffects();
    expect(effects).toBeGreaterThan(20);
    for (let at = 1; at <= effects; at += 1) {
      world = createRotationWorld(START + at * DAY);
      warm = world.process();
      forged = world.process();
      await deliver(`before ${at}`);
      let met = 0;
      world.fault = (effect) => {
        met += 1;
        if (met === at) throw new Killed(effect);
      };
      world.onWait = async (ms) => {
        await forged('a guess');
        await deliver(`${at}, while it waits`);
        world.clock.set(world.clock.now() + ms);
      };
      for (const step of STEPS) {
        // Killed, then repeated by Secrets Manager; then once more, and twice at the same time.
        await world.rotation()[step]('next', signal).catch(expectKilled);
        await deliver(`${at}, after ${step}`);
        world.clock.set(world.clock.now() + SECOND);
        await Promise.allSettled([
          world.rotation()[step]('next', signal),
          world.rotation()[step]('next', signal),
        ]);
        await deliver(`${at}, after ${step} twice`);
        // The fault may have waited for this one.
        const last = await Promise.allSettled([world.rotation()[step]('next', signal)]);
        if (last.some(({ status }) => status === 'rejected')) await world.rotation()[step]('next', signal);
        await deliver(`${at}, after ${step} again`);
      }
      expect([at, currentText()]).toEqual([at, world.signsWith()]);
    }
    expect(refused).toEqual([]);
  });
});

function expectKilled(error: unknown): void {
  if (!(error instanceof Killed)) throw error;
}

describe('a year', () => {
  it('of rotations each 30 days, with faults at random steps: of a delivery each minute none is refused', async () => {
    const random = createRandom(2026);
    let delivered = 0;
    let rotations = 0;
    const processes = [warm, forged, world.process()];
    const minute = async (): Promise<void> => {
      world.clock.set(world.clock.now() + MINUTE);
      const nth = Math.floor(random() * processes.length);
      if (random() < 0.02) processes[nth] = world.process(); // one ended, and another began
      if (random() < 0.2) await processes[nth]?.('a guess');
      delivered += 1;
      if (!(await processes[nth]?.())) refused.push(new Date(world.clock.now()).toISOString());
    };
    world.fault = (effect) => {
      if (random() < 0.05) throw new Killed(effect);
    };
    world.onWait = async (ms) => {
      const until = world.clock.now() + ms;
      while (world.clock.now() + MINUTE < until) await minute();
      delivered += 1;
      if (!(await processes[0]?.())) refused.push('while a step waits');
      world.clock.set(until);
    };
    for (let day = 0; day < 365; day += 30) {
      while (world.clock.now() < START + day * DAY) await minute();
      for (const step of STEPS) {
        // Secrets Manager tries a step again later.
        for (;;) {
          const [taken] = await Promise.allSettled([world.rotation()[step](`of day ${day}`, signal)]);
          if (taken?.status === 'fulfilled') break;
          for (let waited = random() * 90; waited > 0; waited -= 1) await minute();
        }
      }
      rotations += 1;
      expect(currentText()).toBe(world.signsWith());
    }
    while (world.clock.now() < START + 365 * DAY) await minute();
    expect(rotations).toBe(13);
    expect(delivered).toBeGreaterThan(365 * 24 * 60 - 100);
    expect(refused).toEqual([]);
  });
});

/** Mulberry32: the same faults in every run. */
function createRandom(seed: number): () => number {
  let state = seed;
  return () => {
    state = (state + 0x6d2b79f5) | 0;
    let mixed = Math.imul(state ^ (state >>> 15), 1 | state);
    mixed = (mixed + Math.imul(mixed ^ (mixed >>> 7), 61 | mixed)) ^ mixed;
    return ((mixed ^ (mixed >>> 14)) >>> 0) / 4_294_967_296;
  };
}
