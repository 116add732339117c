/**
 * A function in a process that notes what it loads: imports the bundle it is given, invokes it with each batch of
 * events that it is sent, and says which modules were loaded and what was answered.
 */
import { registerHooks } from 'node:module';

/** @type {string[]} */
const files = [];
registerHooks({
  load(url, context, nextLoad) {
    if (url.startsWith('file:')) files.push(url);
    return nextLoad(url, context);
  },
});

// Not in @types/node: Node's own modules that are loaded, `NativeModule http` for `node:http`.
const listBuiltins = () =>
  /** @type {{ moduleLoadList: string[] }} */ (/** @type {unknown} */ (process)).moduleLoadList.flatMap(
    (name) => (name.startsWith('NativeModule ') ? [name.slice('NativeModule '.length)] : []),
  );

const before = new Set(listBuiltins());
const { handler } = await import(process.argv[2] ?? '');
process.send?.({ files: [...files] });

process.on('message', (/** @type {object[]} */ events) => void invoke(events));

/** @param {object[]} events */
async function invoke(events) {
  const context = { getRemainingTimeInMillis: () => 10_000 };
  const answers = await Promise.all(events.map((event) => handler(event, context)));
  const builtins = listBuiltins().filter((name) => !before.has(name));
  process.send?.({
    files: [...files],
    builtins,
    answers: answers.map(({ statusCode, body }) => ({ status: statusCode, body })),
  });
}
