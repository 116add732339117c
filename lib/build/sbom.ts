/**
 * What the built functions are made of, as a software bill of materials: every package that left a byte in them, by
 * version and licence, and nothing that only builds or tests them.
 *
 * @see CycloneDX 1.6, "Bill of Materials Standard"
 */
import { readFile } from 'node:fs/promises';
import { join, resolve } from 'node:path';
import type { Metafile } from 'esbuild';
import { parseJson, readText } from '../json/json.ts';

interface Component {
  readonly type: 'library';
  readonly 'bom-ref': string;
  readonly name: string;
  readonly version: string;
  readonly purl: string;
  readonly licenses?: readonly { readonly expression: string }[];
}

/** A bill of materials, as far as CycloneDX asks for it and we know it. */
export interface Sbom {
  readonly bomFormat: 'CycloneDX';
  readonly specVersion: '1.6';
  readonly version: 1;
  readonly metadata: { readonly component: { readonly type: 'application'; readonly name: string } };
  readonly components: readonly Component[];
}

/** The same bytes for the same functions: no time and no serial number stands in it. */
export async function toSbom(name: string, metafiles: readonly Metafile[], folder: string): Promise<Sbom> {
  const roots = new Set(metafiles.flatMap(listBundled).flatMap((file) => findPackage(resolve(folder, file))));
  const components = await Promise.all([...roots].map(toComponent));
  return {
    bomFormat: 'CycloneDX',
    specVersion: '1.6',
    version: 1,
    metadata: { component: { type: 'application', name } },
    components: components.toSorted((a, b) => (a.purl < b.purl ? -1 : 1)),
  };
}

/** Files of which something is left after what nobody uses is gone. */
function listBundled({ outputs }: Metafile): string[] {
  return Object.values(outputs).flatMap(({ inputs }) =>
    Object.entries(inputs)
      .filter(([, { bytesInOutput }]) => bytesInOutput > 0)
      .map(([file]) => file),
  );
}

/** The innermost package that a file belongs to: `…/node_modules/@octokit/core`. */
function findPackage(file: string): string[] {
  const [, root] = /^(.*[\\/]node_modules[\\/](?:@[^\\/]+[\\/])?[^\\/]+)[\\/]/.exec(file) ?? [];
  return root === undefined ? [] : [root];
}

async function toComponent(root: string): Promise<Component> {
  const manifest = parseJson(await readFile(join(root, 'package.json'), 'utf8'));
  const name = readText(manifest, 'name') ?? '';
  const version = readText(manifest, 'version') ?? '';
  const license = readText(manifest, 'license');
  // A scope's `@` is escaped. Source: Package URL, type `npm`.
  const purl = `pkg:npm/${name.replace(/^@/, '%40')}@${version}`;
  return {
    type: 'library',
    'bom-ref': purl,
    name,
    version,
    purl,
    ...(license !== undefined && { licenses: [{ expression: license }] }),
  };
}
