/** The bill of materials of built functions: what is in them, held against the bundles themselves. */
import { readFileSync } from 'node:fs';
import { rm } from 'node:fs/promises';
import { afterAll, beforeAll, expect, it } from 'vitest';
import type { FunctionBuild } from '../../lib/build/build-functions.ts';
import { toSbom, type Sbom } from '../../lib/build/sbom.ts';
import { buildTestFunctions, TEST_APP } from '../harness/build.ts';

const OUTDIR = '.hookmint/sbom-test';
let build: FunctionBuild;
let sbom: Sbom;
beforeAll(async () => {
  build = await buildTestFunctions({ outdir: OUTDIR, only: ['webhook', 'rotator'] });
  sbom = await toSbom('an-app', build.metafiles, TEST_APP);
});
afterAll(() => rm(new URL(`../../${OUTDIR}`, import.meta.url), { recursive: true, force: true }));

it('names what runs, by version and licence, and nothing that only builds or tests it', () => {
  const names = sbom.components.map(({ name }) => name);
  expect(names).toEqual(
    expect.arrayContaining(['@aws-sdk/client-kms', 'jose', 'json-with-bigint', '@opentelemetry/api']),
  );
  for (const other of ['esbuild', 'commander', 'vitest', 'dynalite', '@types/node'])
    expect(names).not.toContain(other);
  const { version } = JSON.parse(
    readFileSync(new URL('../../node_modules/jose/package.json', import.meta.url), 'utf8'),
  );
  expect(sbom.components.find(({ name }) => name === 'jose')).toEqual({
    type: 'library',
    'bom-ref': `pkg:npm/jose@${version}`,
    name: 'jose',
    version,
    purl: `pkg:npm/jose@${version}`,
    licenses: [{ expression: 'MIT' }],
  });
  const scoped = sbom.components.find(({ name }) => name === '@opentelemetry/api');
  expect(scoped?.purl).toMatch(/^pkg:npm\/%40opentelemetry\/api@\d+\.\d+\.\d+$/);
});

it('leaves out no package whose code is in a bundle', () => {
  const packages = Object.values(build.metafiles.flatMap(({ outputs }) => Object.values(outputs))).flatMap(
    ({ inputs }) =>
      Object.entries(inputs)
        .filter(([, { bytesInOutput }]) => bytesInOutput > 0)
        .flatMap(
          ([file]) =>
            file
              .split('node_modules/')
              .slice(1)
              .at(-1)
              ?.match(/^(?:@[^/]+\/)?[^/]+/)?.[0] ?? [],
        ),
  );
  expect(packages.length).toBeGreaterThan(20);
  const names = new Set(sbom.components.map(({ name }) => name));
  expect([...new Set(packages)].filter((name) => !names.has(name))).toEqual([]);
});

it('is the same for the same functions, in an order, each package once', async () => {
  expect(await toSbom('an-app', build.metafiles.toReversed(), TEST_APP)).toEqual(sbom);
  const refs = sbom.components.map((component) => component['bom-ref']);
  expect(new Set(refs).size).toBe(refs.length);
  expect(refs).toEqual(refs.toSorted());
});
