import { AsyncLocalStorage } from 'node:async_hooks';
import { describe, expect, it } from 'vitest';
import { createTimers } from '../../lib/async/timers.ts';

/** Node's timer and the clock that goes with it, both moved by hand. */
function setUp() {
  let nowMs = 0;
  let alarms = 0;
  let alarm: { readonly atMs: number; readonly callback: () => void; isRef: boolean } | undefined;
  const after = createTimers({
    uptimeMs: () => nowMs,
    setAlarm(callback, ms) {
      alarms += 1;
      const set = { atMs: nowMs + Math.max(1, ms), callback, isRef: true };
      alarm = set;
      return {
        ref: () => (set.isRef = true),
        unref: () => (set.isRef = false),
        close: () => (alarm = alarm === set ? undefined : alarm),
      };
    },
  });
  const settle = (): Promise<void> => new Promise((resolve) => setImmediate(() => setImmediate(resolve)));
  return {
    after,
    /** How often Node was asked for a timer. */
    alarms: () => alarms,
    /** Whether the process would go on by itself. */
    goesOn: () => alarm?.isRef === true,
    advance: async (ms: number): Promise<void> => {
      const untilMs = nowMs + ms;
      while (alarm !== undefined && alarm.atMs <= untilMs) {
        const { atMs, callback } = alarm;
        alarm = undefined;
        nowMs = atMs;
        callback();
        await settle();
      }
      nowMs = untilMs;
    },
  };
}

describe('timers over one of Node’s', () => {
  it('call back once, each at its own time, whatever the order that they were set in', async () => {
    const { after, advance } = setUp();
    const told: string[] = [];
    after(300, () => void told.push('c'));
    after(100, () => void told.push('a'));
    after(200, () => void told.push('b'));
    await advance(99);
    expect(told).toEqual([]);
    await advance(1);
    expect(told).toEqual(['a']);
    await advance(1_000);
    expect(told).toEqual(['a', 'b', 'c']);
  });

  it('do not call back once they are taken down, not even by another that is due at the same time', async () => {
    const { after, advance } = setUp();
    const told: string[] = [];
    after(100, () => {
      told.push('first');
      stopSecond();
    });
    const stopSecond = after(100, () => void told.push('second'));
    after(50, () => void told.push('never'))();
    await advance(1_000);
    expect(told).toEqual(['first']);
  });

  it('may be set by one that calls back', async () => {
    const { after, advance } = setUp();
    const told: number[] = [];
    after(100, () => void after(100, () => void told.push(200)));
    await advance(199);
    expect(told).toEqual([]);
    await advance(1);
    expect(told).toEqual([200]);
  });

  it('wait for longer than Node can', async () => {
    const { after, advance } = setUp();
    let called = 0;
    after(2 ** 32, () => void (called += 1));
    await advance(2 ** 32 - 1);
    expect(called).toBe(0);
    await advance(1);
    expect(called).toBe(1);
  });

  it('keep the process going while one is to call back, and no longer', async () => {
    const { after, advance, goesOn } = setUp();
    const stop = after(8_000, () => {});
    const stopOther = after(9_000, () => {});
    stop();
    expect(goesOn()).toBe(true);
    stopOther();
    stopOther();
    expect(goesOn()).toBe(false);
    after(10_000, () => {});
    expect(goesOn()).toBe(true);
    await advance(20_000);
    expect(goesOn()).toBe(false);
  });

  it('let the process end where one that is due takes down the last that is not', async () => {
    const { after, advance, goesOn } = setUp();
    after(100, () => stop());
    after(100, () => {});
    const stop = after(8_000, () => {});
    await advance(100);
    expect(goesOn()).toBe(false);
  });

  it('do not call back in the context of whoever set another', async () => {
    const store = new AsyncLocalStorage<string>();
    const after = createTimers();
    store.run('of an earlier delivery', () => after(1, () => {}));
    const seen = new Promise((resolve) => after(2, () => resolve(store.getStore())));
    expect(await seen).toBeUndefined();
  });

  it('never ask Node for a time that is over already, of which it would warn', () => {
    let nowMs = 0;
    const asked: number[] = [];
    const setAlarm = (_: () => void, ms: number) => {
      asked.push(ms);
      return { ref() {}, unref() {}, close() {} };
    };
    // Between two looks at the clock the process stands still.
    const after = createTimers({ uptimeMs: () => (nowMs += 60_000), setAlarm });
    after(8_000, () => {});
    expect(asked).toEqual([1]);
  });

  it('ask Node for one timer where each of a thousand is taken down before its end', async () => {
    const { after, advance, alarms } = setUp();
    for (let nth = 0; nth < 1_000; nth += 1) {
      const stop = after(8_000, () => {});
      await advance(7);
      stop();
    }
    expect(alarms()).toBe(1);
  });
});
