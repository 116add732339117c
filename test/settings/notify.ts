import { defineHandler, skip } from 'hookmint';

// oxlint-disable-next-line import/no-default-export -- a handler's module
export default defineHandler('issues', {
  name: 'notify',
  permissions: {},
  settings: { NOTIFY_URL: 'text', NOTIFY_TOKEN: 'secret' },
  handle({ settings: { NOTIFY_URL, NOTIFY_TOKEN }, log }) {
    log.info('would notify', { url: NOTIFY_URL, token: NOTIFY_TOKEN });
    skip(`told ${NOTIFY_URL} with ${NOTIFY_TOKEN}`);
  },
});
