/** Preloaded where nothing is timed: notes every module that the process loads, a line each. */
import { appendFileSync } from 'node:fs';
import { registerHooks } from 'node:module';
import { fileURLToPath } from 'node:url';

const notes = process.env.LOADS_FILE ?? '';

registerHooks({
  load(url, context, nextLoad) {
    if (url.startsWith('file:') && !url.endsWith('/bench/host.mjs'))
      appendFileSync(notes, `${fileURLToPath(url)}\n`);
    return nextLoad(url, context);
  },
});
