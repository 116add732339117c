/**
 * `npm run test:app`. Not part of `npm test`: an app is packed, installed, packaged and lived in, most of which is npm's
 * own time, more than a minute of it.
 */
import { defineConfig } from 'vitest/config';
import everyday from '../../vitest.config.ts';

export default defineConfig({ ...everyday, test: { ...everyday.test, include: ['test/new/*.life.ts'] } });
