import { EventEmitter } from 'node:events';
import { describe, expect, it } from 'vitest';
import { createLog } from '../../lib/log/log.ts';
import { containStrayErrors } from '../../lib/functions/stray-errors.ts';

const OPAQUE = 'v3~Zm9vYmFyLm9wYXF1ZQ';

function setUp() {
  const lines: string[] = [];
  const log = createLog({ level: 'info', write: (line) => void lines.push(line), now: () => 0 });
  const source = new EventEmitter();
  containStrayErrors(source, log.guarding({ secrets: () => [OPAQUE] }));
  return { source, lines, text: () => lines.join('\n') };
}

const EVENTS = ['unhandledRejection', 'uncaughtException'] as const;

describe.each(EVENTS)('an %s', (event) => {
  it.each([
    { name: 'undefined', error: undefined },
    { name: 'null', error: null },
    { name: 'a text', error: 'late' },
    { name: 'a symbol', error: Symbol('late') },
    { name: 'an Error', error: new Error('late') },
    { name: 'a frozen Error', error: Object.freeze(new Error('late')) },
    { name: 'an object without a prototype', error: Object.create(null) },
    {
      name: 'an object whose fields throw',
      error: {
        get a() {
          throw new Error('x');
        },
      },
    },
    { name: 'a revoked proxy', error: revoked() },
    {
      name: 'an Error whose message throws',
      error: Object.defineProperty(new Error('x'), 'message', {
        get() {
          throw new Error('y');
        },
      }),
    },
  ])('of $name becomes one line', ({ error }) => {
    const { source, lines } = setUp();
    source.emit(event, error);
    expect(lines).toHaveLength(1);
    expect(JSON.parse(lines[0] ?? '')).toMatchObject({
      level: 'ERROR',
      message: expect.stringMatching(/^stray/),
    });
  });

  it('shows no token', () => {
    const { source, text } = setUp();
    source.emit(
      event,
      new Error(`with ${OPAQUE}`, { cause: new Error('ghs_16C7e42F292c6912E7710c838347Ae178B4a') }),
    );
    source.emit(event, OPAQUE);
    source.emit(event, { [OPAQUE]: { OPAQUE } });
    expect(text()).not.toContain(OPAQUE);
    expect(text()).not.toContain('ghs_');
  });

  it('shows nothing of a payload that was thrown as it is', () => {
    const { source, text } = setUp();
    source.emit(event, { action: 'opened', issue: { title: 'marker' } });
    expect(text()).not.toContain('marker');
  });
});

function revoked(): object {
  const { proxy, revoke } = Proxy.revocable({}, {});
  revoke();
  return proxy;
}
