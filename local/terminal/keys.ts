/** What somebody types at the terminal of `npm start`, a key at a time. */
import type { Paint } from './paint.ts';

export interface Key {
  readonly key: string;
  readonly does: string;
  readonly act: () => void;
}

/** What is asked of `process.stdin`. */
export interface Keyboard {
  readonly isTTY?: boolean;
  setRawMode(raw: boolean): unknown;
  on(event: 'data', listener: (typed: Buffer | string) => void): unknown;
  off(event: 'data', listener: (typed: Buffer | string) => void): unknown;
  resume(): unknown;
  pause(): unknown;
}

interface KeysOptions {
  readonly keyboard: Keyboard;
  readonly keys: readonly Key[];
  /** Ctrl-C and Ctrl-D: a terminal that hands on every key makes no signals of them. */
  readonly end: () => void;
  /** Return: people make room with it. */
  readonly makeRoom: () => void;
}

const CTRL_C = '\u0003';
const CTRL_D = '\u0004';

/** Listens from now on. Where there is no terminal nothing is listened to, and signals are what they were. */
export function listenToKeys({ keyboard, keys, end, makeRoom }: KeysOptions): { close(): Promise<void> } {
  if (keyboard.isTTY !== true) return { close: async () => {} };
  const listen = (typed: Buffer | string): void => {
    for (const character of String(typed)) {
      if (character === CTRL_C || character === CTRL_D) end();
      else if (character === '\r') makeRoom();
      else keys.find(({ key }) => key === character.toLowerCase())?.act();
    }
  };
  keyboard.setRawMode(true);
  keyboard.on('data', listen);
  keyboard.resume();
  return {
    async close() {
      keyboard.off('data', listen);
      keyboard.setRawMode(false);
      keyboard.pause();
    },
  };
}

/** `r resend the last · q quit` */
export function describeKeys(keys: readonly Key[], paint: Paint): string {
  return keys.map(({ key, does }) => `${paint('bold', key)} ${does}`).join(paint('dim', '  ·  '));
}
