/** Runs `npm run package`, and unzips what Lambda would get, with what the template tells of each function. */
import { mkdir, readFile, writeFile } from 'node:fs/promises';
import { basename, dirname, join } from 'node:path';
import { unzipSync } from 'fflate';
import { isObject, parseJson, readText, toObject } from '../../lib/json/json.ts';
import { PROJECT } from '../harness/build.ts';
import { runCommand } from './run-command.ts';

export type Shape = 'inline' | 'queued';

export interface PackagedFunction {
  /** Folder of what was in the zip. */
  readonly taskRoot: string;
  /** `dist/functions/webhook.handler`. */
  readonly handler: string;
  readonly runtime: string;
  readonly timeoutMs: number;
  /** Its environment; null where the value is known only once it is deployed. */
  readonly variables: Readonly<Record<string, string | null>>;
}

const TEMPLATE = 'cloudformation-template-update-stack.json';

/**
 * @param folder Where the package goes, and what was in the zips.
 * @returns The functions by the name of their zip: `webhook`.
 */
export async function packageFunctions(
  shape: Shape,
  folder: string,
): Promise<Readonly<Record<string, PackagedFunction>>> {
  const options = ['--package', folder, '--param', `shape=${shape}`];
  await runCommand('npm', ['run', 'package', '--', ...options], { cwd: PROJECT });
  const template = toObject(parseJson(await readFile(join(folder, TEMPLATE), 'utf8')));
  const functions = Object.values(toObject(template['Resources']))
    .filter(isObject)
    .filter(({ Type }) => Type === 'AWS::Lambda::Function')
    .map(({ Properties }) => toObject(Properties));
  const unzipped = functions.map(async (properties) => {
    const zip = basename(readText(toObject(properties['Code']), 'S3Key') ?? '');
    const name = basename(zip, '.zip');
    const taskRoot = join(folder, name);
    await unzip(join(folder, zip), taskRoot);
    return [name, toPackagedFunction(properties, taskRoot)] as const;
  });
  return Object.fromEntries(await Promise.all(unzipped));
}

async function unzip(zip: string, folder: string): Promise<void> {
  const files = Object.entries(unzipSync(await readFile(zip))).filter(([name]) => !name.endsWith('/'));
  for (const [name, bytes] of files) {
    const file = join(folder, name);
    await mkdir(dirname(file), { recursive: true });
    await writeFile(file, bytes);
  }
}

function toPackagedFunction(
  properties: Readonly<Record<string, unknown>>,
  taskRoot: string,
): PackagedFunction {
  const { Variables } = toObject(properties['Environment']);
  const variables = Object.entries(toObject(Variables))
    .filter(([, value]) => readText(toObject(value), 'Ref') !== 'AWS::NoValue') // CloudFormation leaves it out
    .map(([name, value]) => [name, isObject(value) ? null : String(value)]);
  return {
    taskRoot,
    handler: readText(properties, 'Handler') ?? '',
    runtime: readText(properties, 'Runtime') ?? '',
    timeoutMs: Number(properties['Timeout']) * 1000,
    variables: Object.fromEntries(variables),
  };
}
