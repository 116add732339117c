/** A table that claims everything: once without a token, once with one of the whole installation. */
import { defineHandler, defineHandlers } from 'hookmint';

const seen = defineHandler('*', { name: 'seen', permissions: {}, handle() {} });

const signed = defineHandler('*', {
  name: 'signed',
  permissions: { metadata: 'read' },
  repositories: 'installation',
  async handle({ github }) {
    await github.request('GET /installation/repositories');
  },
});

export const handlers = defineHandlers({
  '*': [() => Promise.resolve({ default: seen }), () => Promise.resolve({ default: signed })],
});
