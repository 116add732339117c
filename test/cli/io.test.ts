/** What all commands have in common. */
import { readdirSync } from 'node:fs';
import { PassThrough } from 'node:stream';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { bearClosedPipes } from '../../cli/io/closed-pipes.ts';
import { createIo } from '../../cli/io/io.ts';
import { painted } from '../../cli/io/lines.ts';
import { surroundingsOfProcess } from '../../cli/io/surroundings.ts';
import { hasJson, listCommands } from '../../cli/list-commands.ts';
import { createProgram } from '../../cli/program.ts';
import { createManualClock } from '../harness/clock.ts';
import { type Folder, makeFolder } from './run.ts';
import { compileSchema, readSchema } from './schemas.ts';

let folder: Folder;
beforeAll(async () => {
  folder = await makeFolder();
});
afterAll(() => folder.remove());

const COMMANDS = listCommands(createProgram(createIo({ ...surroundingsOfProcess(), endProcess() {} })));
const REPORTING = COMMANDS.filter(({ command }) => hasJson(command));
const SCHEMAS = readdirSync(new URL('../../cli/schemas/', import.meta.url));

describe('every command', () => {
  it.each(COMMANDS.filter(({ name }) => name !== 'take-vendored'))(
    '$name shows an example',
    async ({ name }) => {
      const { code, stdout } = await folder.run([...name.split(' '), '--help']);
      expect([code, stdout]).toEqual([0, expect.stringMatching(`Example: hookmint ${name}`)]);
    },
  );

  it.each(REPORTING)('$name has a schema of what it says with --json', ({ name }) => {
    const file = name.replaceAll(' ', '-');
    expect(readSchema(file).title).toBe(`hookmint ${name} --json`);
    compileSchema(file);
  });

  it('has a schema only where it has --json', () => {
    const named = REPORTING.map(({ name }) => `${name.replaceAll(' ', '-')}.json`);
    expect(SCHEMAS.filter((file) => !named.includes(file))).toEqual([]);
  });

  it('that does not exist is told, with exit code 2', async () => {
    const { code, stdout, stderr } = await folder.run(['instalations']);
    expect([code, stdout]).toEqual([2, '']);
    expect(stderr).toContain("unknown command 'instalations'");
  });
});

describe('a reader who stops reading', () => {
  const fail = (code: string) => {
    const stream = new PassThrough();
    bearClosedPipes(stream);
    return () => stream.emit('error', Object.assign(new Error('write'), { code }));
  };

  it.each(['EPIPE', 'ERR_STREAM_DESTROYED'])('is told nothing: %s', (code) => {
    expect(fail(code)).not.toThrow();
  });

  it('is no full disk', () => {
    expect(fail('ENOSPC')).toThrow('write');
  });
});

describe('an App', () => {
  it('that nobody names is asked for, each name with what it is', async () => {
    const { code, stdout, stderr } = await folder.run(['installations', '--json']);
    expect([code, stdout]).toEqual([2, '']);
    expect(stderr).toBe(
      'The App cannot be told from .env and the environment:\n' +
        "  - GITHUB_APP_ID is missing: the App's client id or numeric id\n" +
        'Set what is missing in .env, as .env.example shows.\n' +
        'Or run npm start in this folder: while it runs, this command means its stand-ins.\n',
    );
  });

  it('of which something is named is not said to be a stand-in', async () => {
    for (const env of [{ GITHUB_APP_ID: '7' }, { GITHUB_PRIVATE_KEY_FILE: 'app.pem' }]) {
      const { code, stderr } = await folder.run(['installations'], { env });
      expect([code, stderr]).toEqual([
        2,
        expect.stringMatching(/ is missing: .*\nSet what is missing in .*\n$/),
      ]);
    }
  });

  it('may stand in .env, and needs no webhook secret where none is used', async () => {
    await folder.write('.env', 'GITHUB_APP_ID=7\nGITHUB_API_URL=https://github.com\n');
    const wrong = await folder.run(['installations']);
    expect(wrong.stderr).toContain('GITHUB_API_URL names the web site; the API is https://api.github.com');
    const { code, stderr } = await folder.run(['installations'], {
      env: { GITHUB_API_URL: 'https://api.github.com' },
    });
    expect([code, stderr]).toEqual([2, expect.stringContaining('GITHUB_PRIVATE_KEY_FILE is missing')]);
    expect(stderr).not.toContain('GITHUB_WEBHOOK_SECRET');
  });
});

describe('what a command says', () => {
  const io = (isTTY: boolean, env: Readonly<Record<string, string>> = {}) => {
    const written: string[] = [];
    const stream = { isTTY, write: (text: string) => written.push(text) };
    const clock = createManualClock();
    const streams = { stdout: stream, stderr: stream } as unknown as ReturnType<typeof surroundingsOfProcess>;
    return {
      written,
      clock,
      io: createIo({ ...surroundingsOfProcess(), endProcess() {}, ...streams, env, clock }),
    };
  };

  it('holds nothing of a stranger that moves the cursor or paints', () => {
    const { io: at, written } = io(true);
    at.print('one\u001b[2Jtwo', [painted('red', 'three\r\n'), 'four']);
    expect(written).toEqual(['one·[2Jtwo\n', '\u001b[31mthree··\u001b[39mfour\n']);
  });

  it.each([
    { what: 'a pipe', isTTY: false, env: {} },
    { what: 'NO_COLOR', isTTY: true, env: { NO_COLOR: '1' } },
  ])('has no colour with $what', ({ isTTY, env }) => {
    const { io: at, written } = io(isTTY, env);
    at.print([painted('red', 'three')]);
    expect(written).toEqual(['three\n']);
  });

  it('is one JSON value, control characters escaped', () => {
    const { io: at, written } = io(true);
    at.report(true, { value: { name: 'a\u0085b' }, lines: ['never'] });
    expect(written).toEqual(['{\n  "name": "a\\u0085b"\n}\n']);
  });

  it('shows what it does after a second at a terminal, and takes that away again', async () => {
    const { io: at, written, clock } = io(true);
    await at.showing('Asking', async () => {
      await clock.advance(999);
      expect(written).toEqual([]);
      await clock.advance(1);
      expect(written).toEqual(['\r\u001b[2KAsking …']);
    });
    expect(written.at(-1)).toBe('\r\u001b[2K');
  });

  it('shows nothing of that elsewhere', async () => {
    const { io: at, written, clock } = io(false);
    await at.showing('Asking', () => clock.advance(5_000));
    expect(written).toEqual([]);
  });
});
