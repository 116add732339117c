/** `--stage STAGE`: finds what is deployed, by the outputs of its CloudFormation stack. */
import { readFile } from 'node:fs/promises';
import { join } from 'node:path';
import { within } from '../../lib/async/abort.ts';
import { SYSTEM_CLOCK } from '../../lib/async/clock.ts';
import { readText } from '../../lib/json/json.ts';
import { CommandError } from '../command-error.ts';
import type { CommandIo } from '../io/io.ts';
import { explainAws } from './explain-aws.ts';
import { parseServiceFile, toStackName } from './service-file.ts';
import { type Stage, type StageName, toStage } from './stage.ts';

type Environment = Readonly<Record<string, string | undefined>>;

/** The outputs of a stack; undefined where there is no such stack. @throws What CloudFormation refuses. */
type ReadOutputs = (stack: StageName) => Promise<Readonly<Record<string, string>> | undefined>;

interface FindDeps {
  /** Of the app: `serverless.yml` stands there. */
  readonly folder: string;
  readonly env: Environment;
  /** Default: CloudFormation's. */
  readonly readOutputs?: ReadOutputs;
  /** Says what is being done, where that takes long. */
  readonly showing?: CommandIo['showing'];
}

const TIMEOUT_MS = 20_000;

const SILENT = { say() {}, clear() {}, end() {} };

/**
 * Region and credentials come as the AWS SDK takes them; where none is named, the region is that of serverless.yml.
 *
 * @throws CommandError No app in this folder, no stack of that name, no right to see it, one that is too old.
 */
export async function findStage(
  name: string,
  { folder, env, readOutputs = readStackOutputs, showing = (_, work) => work(SILENT) }: FindDeps,
): Promise<Stage> {
  if (!/^[A-Za-z\d][A-Za-z\d-]*$/.test(name)) {
    throw new CommandError(`'${name}' cannot be a stage: letters, digits and dashes make one, as in prod.`);
  }
  const named = await nameStack(name, folder, env);
  const outputs = await showing(`Looking for the stage ${name}`, () => readOutputs(named)).catch(
    (error: unknown) => {
      throw explainAws(error, `reads the stack ${named.stackName}`, 'cloudformation:DescribeStacks');
    },
  );
  if (outputs === undefined) {
    throw new CommandError(
      `There is no stack ${named.stackName} in ${named.region}. Is the stage deployed (npm run deploy -- --stage ${name}), is it in another region (AWS_REGION), or in another account (AWS_PROFILE)?`,
    );
  }
  return toStage(named, outputs);
}

async function nameStack(name: string, folder: string, env: Environment): Promise<StageName> {
  const text = await readFile(join(folder, 'serverless.yml'), 'utf8').catch(() => undefined);
  if (text === undefined) {
    throw new CommandError('There is no serverless.yml here. Run this in the folder of an app.');
  }
  const file = parseServiceFile(text);
  if (file === undefined) {
    throw new CommandError('serverless.yml does not say plainly which service it is: service: my-app');
  }
  const region = env['AWS_REGION'] ?? env['AWS_DEFAULT_REGION'] ?? file.region;
  if (region === undefined) throw new CommandError('Which region? Set AWS_REGION.');
  return { name, stackName: toStackName(file, name), region };
}

/** The client loads here alone: most commands never ask for a stage. */
async function readStackOutputs({ stackName, region }: StageName) {
  const { CloudFormationClient, DescribeStacksCommand } = await import('@aws-sdk/client-cloudformation');
  const client = new CloudFormationClient({ region });
  try {
    const command = new DescribeStacksCommand({ StackName: stackName });
    const { Stacks: [stack] = [] } = await within(SYSTEM_CLOCK, TIMEOUT_MS, (abortSignal) =>
      client.send(command, { abortSignal }),
    );
    const outputs = stack?.Outputs ?? [];
    return Object.fromEntries(
      outputs.map(({ OutputKey: key = '', OutputValue: value = '' }) => [key, value]),
    );
  } catch (error) {
    if (isUnknownStack(error)) return undefined;
    throw error;
  } finally {
    client.destroy();
  }
}

/** CloudFormation has no error of its own for it. */
function isUnknownStack(error: unknown): boolean {
  return (
    readText(error, 'name') === 'ValidationError' && /does not exist/.test(readText(error, 'message') ?? '')
  );
}
