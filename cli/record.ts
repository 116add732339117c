/** `hookmint record GUID`: a delivery of GitHub's log as a fixture, redacted. */
import { existsSync } from 'node:fs';
import { mkdir, readFile, writeFile } from 'node:fs/promises';
import { dirname, join, relative } from 'node:path';
import type { Command } from 'commander';
import type { CallAsApp } from '../lib/github/app-calls.ts';
import { stringifyExactJson } from '../lib/json/exact-json.ts';
import { isObject, parseJson, readField } from '../lib/json/json.ts';
import { loadWorld, toFixtureFolder } from '../local/fixtures/fixtures.ts';
import { LOCAL_FOLDER } from '../local/server/project.ts';
import { createCalls } from './app/calls.ts';
import { openDeliveryLog } from './app/delivery-log.ts';
import { loadTarget } from './app/target.ts';
import { CommandError } from './command-error.ts';
import { findDelivery, parseGuid } from './deliveries/find-delivery.ts';
import type { CommandIo } from './io/io.ts';
import { describeRecording } from './record/describe-recording.ts';
import { assignWorld, recordFixture, type Recording } from './record/record-fixture.ts';
import { createStandIns, parseKept, type StandIns } from './record/stand-ins.ts';
import { tryHandlers } from './record/try-handlers.ts';

interface RecordOptions {
  readonly name?: string;
  readonly stage?: string;
  readonly try: boolean;
  readonly json: boolean;
}

/** In `.hookmint/`: it names the originals. */
const KEPT_FILE = 'stand-ins.json';

const HELP = `
Example: hookmint record 0b989ba4-242f-11e5-81e1-c7b6966d2516 --name issues-opened-by-a-bot

The handlers of this folder that get such a delivery are tried with the original and with the recording, as a test tries
them: against a stand-in of GitHub, in a process of their own that reaches nothing but this machine. It tells which fields
they read that have stand-ins in the recording, and ends with 1 where a handler comes to another end.
Who stands in for whom is kept in .hookmint/stand-ins.json, which names the originals: git never sees it.
Rights on AWS, with --stage: cloudformation:DescribeStacks, secretsmanager:GetSecretValue.`;

export function addRecord(program: Command, io: CommandIo): void {
  program
    .command('record')
    .description('writes a delivery as a fixture, with stand-ins for everybody and everything in it')
    .argument('<guid>', 'X-GitHub-Delivery, as `hookmint deliveries` shows it')
    .option('--name <name>', 'of the file in functions/fixtures; default: the event, as in issues-opened')
    .option('--stage <stage>', 'of a deployed stage, in place of the App that .env names')
    .option('--no-try', 'does not try the handlers of this folder with the original and the recording')
    .option('--json', 'one JSON value on standard output', false)
    .addHelpText('after', HELP)
    .action((guid: string, options: RecordOptions) => record(parseGuid(guid), options, io));
}

async function record(guid: string, options: RecordOptions, io: CommandIo): Promise<void> {
  const { name, stage, json } = options;
  const { app } = await loadTarget(stage, io);
  const logged = await io.interruptible(async (signal) => {
    const reader = await openDeliveryLog(app, signal, io);
    const { newest } = await findDelivery(guid, reader, io);
    return { ...newest, payload: await readPayload(newest.id, await createCalls(app, io), signal) };
  });
  const folder = toFixtureFolder(io.folder);
  const keptFile = join(io.folder, LOCAL_FOLDER, KEPT_FILE);
  const standIns = await loadStandIns(keptFile);
  assignWorld(logged.payload, await loadWorld(folder), standIns);
  const recording = recordFixture(logged, standIns);
  const file = nameFile(folder, name ?? recording.event.replaceAll(/[^\w-]|_/g, '-'), name !== undefined);
  await keep(keptFile, JSON.stringify(standIns.toKept()));
  await mkdir(folder, { recursive: true });
  await writeFile(file, toFileText(recording), { flag: 'wx' });
  const handlers = options.try ? await tryHandlers({ original: logged.payload, recording }, io) : null;
  const { event, replaced } = recording;
  const shown = { file: relative(io.folder, file), event, replaced, handlers };
  io.report(json, { value: shown, lines: describeRecording(shown) });
  if (handlers?.some(({ alike }) => !alike) === true) io.foundWrong();
}

/** With its ids exact. @throws CommandError Where GitHub has it no more. */
async function readPayload(id: string, call: CallAsApp, signal: AbortSignal) {
  const { status, body } = await call({ method: 'GET', path: `/app/hook/deliveries/${id}` }, signal);
  const payload = readField(readField(body, 'request'), 'payload');
  if (status === 200 && isObject(payload)) return payload;
  throw new CommandError("GitHub's log no longer has the payload of this delivery.");
}

async function loadStandIns(file: string): Promise<StandIns> {
  const text = await readFile(file, 'utf8').catch(() => undefined);
  if (text === undefined) return createStandIns();
  const kept = parseKept(parseJson(text));
  if (kept === undefined) throw new CommandError(`${file} is broken: delete it, and stand-ins begin anew.`);
  return createStandIns(kept);
}

async function keep(file: string, text: string): Promise<void> {
  await mkdir(dirname(file), { recursive: true });
  await writeFile(file, text, { mode: 0o600 });
}

/** @throws CommandError For a name that somebody gave, and that is taken or none. */
function nameFile(folder: string, name: string, isGiven: boolean): string {
  if (!/^[\w-]{1,100}$/.test(name))
    throw new CommandError(`'${name}' is no name of a fixture: letters, digits and dashes.`);
  const toFile = (nth: number): string => join(folder, `${nth === 1 ? name : `${name}-${nth}`}.json`);
  if (isGiven && existsSync(toFile(1))) {
    throw new CommandError(
      `functions/fixtures/${name}.json is there already: give another --name, or delete it.`,
    );
  }
  let nth = 1;
  while (existsSync(toFile(nth))) nth += 1;
  return toFile(nth);
}

/** Two spaces deep, as the other fixtures are; integers that JSON.stringify refuses stay exact. */
function toFileText({ fixture }: Recording): string {
  return `${indent(stringifyExactJson(fixture))}\n`;
}

/** JSON on lines of its own, without reading its numbers. */
function indent(json: string): string {
  let depth = 0;
  return json.replaceAll(/"(?:[^"\\]|\\.)*"|\{\}|\[\]|[{}[\],:]/g, (token) => {
    const line = (): string => `\n${'  '.repeat(depth)}`;
    if (token === '{' || token === '[') {
      depth += 1;
      return token + line();
    }
    if (token === '}' || token === ']') {
      depth -= 1;
      return line() + token;
    }
    if (token === ',') return token + line();
    return token === ':' ? ': ' : token;
  });
}
