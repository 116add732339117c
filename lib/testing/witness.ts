/** Where the code of a handler stands that a test runs: the test hands over a value, which does not say. */
import { isAbsolute, relative, sep } from 'node:path';
import { fileURLToPath } from 'node:url';
import type { Handler } from '../dispatch/define-handler.ts';

/** A handler that notes where its code stands. */
export interface Witness {
  /** The same one; what it is called with notes from where it is first read. */
  readonly handler: Handler;
  /**
   * The module that read it, from this folder. Undefined where nothing did, or a test file did: a handler that stands
   * in a test is none of the app's.
   */
  findModule(folder: string): string | undefined;
}

const TEST = /\.(?:test|spec)\.[cm]?[jt]sx?$/;

/** The place of a frame, with or without the name of its function: `at handle (file:///app/greet.ts:3:4)`. */
const FRAME = /(?:\(|at (?:async )?)((?:file:\/\/|\/|[A-Za-z]:[\\/])[^()]*?):\d+:\d+\)?$/;

/** @param handler Is not changed: the witness has a copy. */
export function witness(handler: Handler): Witness {
  let stack: string | undefined;
  const note = (): void => {
    stack ??= new Error('Read here.').stack;
  };
  const handle: Handler['handle'] = (context) =>
    handler.handle(
      new Proxy(context, {
        get(target, name, receiver): unknown {
          note();
          return Reflect.get(target, name, receiver);
        },
      }),
    );
  return {
    handler: { ...handler, handle },
    findModule(folder) {
      const files = (stack ?? '').split('\n').flatMap((line) => toFile(line, folder));
      // The first is this one, where the package's own folder is the app's.
      const file = files.find((each) => !isOwn(each, folder));
      return file === undefined || TEST.test(file) ? undefined : file;
    },
  };
}

/** @returns Nothing for a frame of a package, or outside. */
function toFile(line: string, folder: string): readonly string[] {
  const place = FRAME.exec(line.trim())?.[1]?.replace(/\?.*$/, '');
  if (place === undefined) return [];
  const file = relative(folder, place.startsWith('file:') ? fileURLToPath(place) : place);
  if (file.startsWith('..') || isAbsolute(file) || file.split(sep).includes('node_modules')) return [];
  return [file.replaceAll(sep, '/')];
}

function isOwn(file: string, folder: string): boolean {
  return file === relative(folder, import.meta.filename).replaceAll(sep, '/');
}
