/**
 * What a command works on: an App at GitHub, and where the app runs. A stage names both; otherwise the environment or
 * `.env` names the App, and `npm start` is what runs, if it does.
 */
import { readRunning, type RunningApp } from '../../local/server/running-file.ts';
import { readSettings } from '../../local/server/settings.ts';
import type { CommandIo } from '../io/io.ts';
import { findStage } from '../stage/find-stage.ts';
import { readStageSecret } from '../stage/read-secret.ts';
import type { Stage } from '../stage/stage.ts';
import { openStageKeys } from '../stage/stage-keys.ts';
import { parseAppKeys } from './app-key.ts';
import { type Deployed, toDeployed } from './deployed.ts';
import { loadNamedApp, type NamedApp } from './named-app.ts';

export interface Target {
  readonly app: NamedApp;
  /** undefined where nothing but GitHub is known. */
  readonly deployed: Deployed | undefined;
}

/** @throws CommandError Where no App is named, or there is no such stage. */
export async function loadTarget(stage: string | undefined, io: CommandIo): Promise<Target> {
  if (stage !== undefined) {
    const found = await findStage(stage, io);
    return { app: toStageApp(found), deployed: toDeployed(found) };
  }
  const read = await readSettings(io.folder, io.env);
  const running = await readRunning(io.folder, read('PORT'));
  const isNamed = read('GITHUB_APP_ID') !== undefined;
  return {
    app: running === undefined || isNamed ? await loadNamedApp(io) : toLocalApp(running),
    deployed: running && toLocal(running),
  };
}

/** The App of a stage. */
export function toStageApp(stage: Stage): NamedApp {
  const { appId, apiUrl, stackName, privateKeyKmsKey, webhookSecretArn } = stage;
  return {
    appId,
    apiUrl,
    namedBy: `the stack ${stackName}`,
    keyIsIn: privateKeyKmsKey === undefined ? 'secret' : 'kms',
    keys: () => openStageKeys(stage),
    webhookSecret: () => readStageSecret(webhookSecretArn, 'webhook secret', stage),
  };
}

/** The same, for a command that asks GitHub nothing. @throws CommandError Where there is no such stage. */
export async function loadDeployed(stage: string | undefined, io: CommandIo): Promise<Deployed | undefined> {
  if (stage !== undefined) {
    return toDeployed(await findStage(stage, io));
  }
  const running = await readRunning(io.folder, (await readSettings(io.folder, io.env))('PORT'));
  return running && toLocal(running);
}

function toLocalApp({ appId, apiUrl, privateKeyPem = '', webhookSecret = '' }: RunningApp): NamedApp {
  return {
    appId,
    apiUrl,
    namedBy: 'npm start',
    keyIsIn: 'file',
    keys: async () => parseAppKeys(privateKeyPem),
    webhookSecret: async () => webhookSecret,
  };
}

function toLocal({ ledgerTable, dynamodbUrl, queue, linesFile }: RunningApp): Deployed {
  return {
    name: 'npm start',
    region: 'local',
    ledgerTable,
    queue,
    logs: { kind: 'file', path: linesFile },
    endpoints: { dynamodb: dynamodbUrl, sqs: queue?.endpoint },
  };
}
