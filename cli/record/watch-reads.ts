/** Notes which fields of a payload a handler reads. Pure. */
import type { Handler } from '../../lib/dispatch/define-handler.ts';
import type { Payload } from '../../lib/delivery/payload.ts';
import { isObject } from '../../lib/json/json.ts';

/** Hears of a field that was read: `issue.user.login`; the places of a list are all the same. */
type OnRead = (path: string) => void;

/** @returns The same handler, which tells what it reads in `when`, in `repositories` and in its work. */
export function noteReads(handler: Handler, onRead: OnRead): Handler {
  const { when, repositories } = handler;
  const watch = (payload: Payload): Payload => watchObject(payload, '', onRead);
  return {
    ...handler,
    ...(when !== undefined && {
      when: ({ payload, delivery }) => when.call(handler, { payload: watch(payload), delivery }),
    }),
    repositories:
      typeof repositories === 'function'
        ? ({ payload }) => repositories({ payload: watch(payload) })
        : repositories,
    handle: (context) => handler.handle({ ...context, payload: watch(context.payload) }),
  };
}

/**
 * A copy whose fields are read through accessors. A handler may change it, print it or clone it, as it may its own
 * payload; `structuredClone` refuses a `Proxy`.
 */
function watchObject(held: Payload, path: string, onRead: OnRead): Payload {
  const copy = {};
  for (const [key, value] of Object.entries(held))
    define(copy, key, { value, path: path === '' ? key : `${path}.${key}` }, onRead);
  return copy;
}

function watchAny(value: unknown, path: string, onRead: OnRead): unknown {
  if (isObject(value)) return watchObject(value, path, onRead);
  if (!Array.isArray(value)) return value;
  const copy: unknown[] = [];
  for (const [index, each] of value.entries()) define(copy, String(index), { value: each, path }, onRead);
  return copy;
}

function define(
  copy: object,
  key: string,
  { value, path }: { readonly value: unknown; readonly path: string },
  onRead: OnRead,
): void {
  let own = value;
  // What is inside is copied when it is first asked for.
  let isCopied = typeof value !== 'object' || value === null;
  Object.defineProperty(copy, key, {
    enumerable: true,
    configurable: true,
    get() {
      if (typeof own !== 'object' || own === null) onRead(path);
      else if (!isCopied) own = watchAny(own, path, onRead);
      isCopied = true;
      return own;
    },
    set(changed: unknown) {
      own = changed;
      isCopied = true;
    },
  });
}
