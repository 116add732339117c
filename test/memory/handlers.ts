/** Handlers that look at a large payload and keep nothing of it. */
import { defineHandler, defineHandlers } from 'hookmint';

function count(name: string) {
  return defineHandler('push', {
    name,
    permissions: {},
    handle({ payload, log }) {
      log.info('counted', { commits: payload.commits.length });
    },
  });
}

/** Three, since each handler is promised a payload that no other can change. */
export const handlers = defineHandlers({
  push: ['first', 'second', 'third'].map((name) => () => Promise.resolve({ default: count(name) })),
});
