/** `hookmint installations`: who installed the App, and what they granted. */
import type { Command } from 'commander';
import { isObject, readField } from '../lib/json/json.ts';
import { createCalls } from './app/calls.ts';
import { loadTarget } from './app/target.ts';
import { findPending } from './doctor/judge-installations.ts';
import { type Installation, listInstallations } from './installations/list-installations.ts';
import type { CommandIo } from './io/io.ts';
import { type Line, painted } from './io/lines.ts';

interface InstallationsOptions {
  readonly stage?: string;
  readonly json: boolean;
}

export function addInstallations(program: Command, io: CommandIo): void {
  program
    .command('installations')
    .description('lists who installed the App, what they granted, and what they have not accepted yet')
    .option('--stage <stage>', 'of a deployed stage, in place of the App that .env names')
    .option('--json', 'one JSON value on standard output', false)
    .addHelpText(
      'after',
      '\nExample: hookmint installations\n\nRights on AWS, with --stage: cloudformation:DescribeStacks, secretsmanager:GetSecretValue.',
    )
    .action((options: InstallationsOptions) => list(options, io));
}

async function list({ stage, json }: InstallationsOptions, io: CommandIo): Promise<void> {
  const { app } = await loadTarget(stage, io);
  const call = await createCalls(app, io);
  const { installations, asked } = await io.interruptible((signal) =>
    io.showing(`Asking ${app.apiUrl} for the installations`, async (progress) => {
      const found: Installation[] = [];
      for await (const installation of listInstallations(call, signal)) {
        found.push(installation);
        progress.say(`Read ${found.length} installations`);
      }
      const { body } = await call({ method: 'GET', path: '/app' }, signal);
      return { installations: found, asked: toLevels(readField(body, 'permissions')) };
    }),
  );
  const count = `${installations.length} installation${installations.length === 1 ? '' : 's'}`;
  io.report(json, {
    value: installations.map((each) => ({ ...each, pending: findPending(each, asked) })),
    lines: [
      ...installations.flatMap((each) => describe(each, findPending(each, asked))),
      `${count} of App ${app.appId} at ${app.apiUrl}`,
    ],
  });
}

function describe(installation: Installation, pending: readonly string[]): readonly Line[] {
  const { account, accountType, id, suspendedAt, repositorySelection, permissions } = installation;
  const granted = Object.entries(permissions).map(([name, level]) => `${name}=${level}`);
  return [
    [painted('bold', account ?? '(no account)'), `  ${id}`],
    [
      `  ${accountType ?? 'account'}, ${repositorySelection ?? 'unknown'} repositories`,
      ...(suspendedAt === null ? [] : [painted('yellow', `, suspended since ${suspendedAt.toISOString()}`)]),
    ],
    `  ${granted.length === 0 ? 'nothing granted' : granted.join(', ')}`,
    ...(pending.length === 0 ? [] : [[painted('yellow', `  not accepted yet: ${pending.join(', ')}`)]]),
    '',
  ];
}

function toLevels(value: unknown): Readonly<Record<string, string>> {
  return Object.fromEntries(
    Object.entries(isObject(value) ? value : {}).map(([name, level]) => [name, String(level)]),
  );
}
