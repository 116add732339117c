import { availableParallelism } from 'node:os';
import { fileURLToPath } from 'node:url';
import { defineConfig } from 'vitest/config';
import { LongFirst } from './test/setup/long-first.ts';
import { tallyReporter } from './test/setup/tally-reporter.ts';

export default defineConfig({
  // The package by its own name, from its sources.
  resolve: {
    alias: [
      { find: /^hookmint$/, replacement: toSource('index') },
      { find: /^hookmint\/(\w+)$/, replacement: toSource('$1/index') },
    ],
  },
  test: {
    include: ['{functions,test,bench}/**/*.test.ts'],
    globalSetup: ['test/setup/build.ts'],
    reporters: ['default', tallyReporter],
    // A worker keeps the modules that it loaded: no test replaces one, and half of the time would go into loading.
    isolate: false,
    env: {
      // DynamoDB Local lives for seconds: what Java's better compiler would win in an hour is lost there.
      JAVA_TOOL_OPTIONS: '-XX:TieredStopAtLevel=1 -XX:+UseSerialGC',
      // esbuild, TypeScript and the linter are programs in Go that end soon: a quarter of their work was collecting garbage.
      GOGC: '400',
    },
    // More than cores: half of a test is waiting for the processes and servers that it starts. As a percentage it would be
    // held to the number of cores. Three for two cores take a tenth less CPU and, where nobody else wants it, a tenth longer.
    maxWorkers: availableParallelism() * 2,
    sequence: { sequencer: LongFirst },
    // No test's result depends on how fast the machine is: these only end what would never end.
    testTimeout: 120_000,
    hookTimeout: 120_000,
    expect: { poll: { timeout: 60_000 } },
  },
});

function toSource(module: string): string {
  return fileURLToPath(new URL(`lib/${module}.ts`, import.meta.url));
}
