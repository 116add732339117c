/** Where a new App's key and secret go. Asked before there is an App, so that one that is made can be kept. */
import { writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { CommandError } from '../command-error.ts';
import type { CommandIo } from '../io/io.ts';
import type { Stage } from '../stage/stage.ts';
import type { RegisteredApp } from './exchange-code.ts';
import { checkFolder, findExisting, storeLocally } from './local-store.ts';
import { openStageKey } from './stage-key.ts';
import { openStageSecrets } from './stage-store.ts';

/** What was stored, and where; never what it holds. */
export type Stored =
  | { readonly env: string; readonly keyFile: string }
  | { readonly webhookSecretArn: string; readonly privateKeySecretArn: string }
  | { readonly webhookSecretArn: string; readonly privateKeyKmsKey: string };

export interface Destination {
  /** In words: `.env`. */
  readonly name: string;
  /** @throws CommandError Where it does not take it. The message says where the App's key is instead. */
  store(app: RegisteredApp): Promise<Stored>;
}

interface Choice {
  readonly stage: Stage | undefined;
  /** Of GitHub's API, where it has to be named: it is not github.com's. */
  readonly apiUrl: string | undefined;
  /** What is there may be overwritten. */
  readonly yes: boolean;
}

/** @throws CommandError Where nothing could be stored. @throws Interrupted */
export async function chooseDestination(choice: Choice, io: CommandIo): Promise<Destination> {
  return choice.stage === undefined ? chooseFolder(choice, io) : chooseStage(choice.stage, choice.yes, io);
}

async function chooseFolder({ apiUrl, yes }: Choice, io: CommandIo): Promise<Destination> {
  const { folder } = io;
  await checkFolder(folder);
  const existing = await findExisting(folder);
  if (existing.length > 0 && !yes) {
    await askToReplace(`.env has ${existing.join(', ')} already: put the new App in their place?`, io);
  }
  return { name: '.env', store: (app) => storeLocally(folder, app, apiUrl) };
}

async function chooseStage(stage: Stage, yes: boolean, io: CommandIo): Promise<Destination> {
  const secrets = await openStageSecrets(stage, await openStageKey(stage, io));
  const filled = await secrets.findFilled();
  if (filled.length > 0 && !yes) {
    await askToReplace(
      `The stage ${stage.name} has ${filled.join(' and ')} of an App already, which then stops working there: replace?`,
      io,
    );
  }
  const { webhookSecretArn, privateKeySecretArn, privateKeyKmsKey } = stage;
  return {
    name: `the secrets of the stage ${stage.name}${privateKeyKmsKey === undefined ? '' : ' and KMS'}`,
    async store(app) {
      await secrets.store(app).catch((error: unknown) => keepInFiles(app, stage, io.folder, error));
      return privateKeyKmsKey === undefined
        ? { webhookSecretArn, privateKeySecretArn }
        : { webhookSecretArn, privateKeyKmsKey };
    },
  };
}

async function askToReplace(text: string, io: CommandIo): Promise<void> {
  if (await io.ask({ text, flag: '--yes' })) return;
  throw new CommandError('Nothing was changed, and no App was made.');
}

/** GitHub gives key and secret out once: where AWS refuses them at the last moment, they are not lost. */
async function keepInFiles(app: RegisteredApp, stage: Stage, folder: string, error: unknown): Promise<never> {
  const key = `${app.slug}-${app.id}.private-key.pem`;
  const secret = `${app.slug}-${app.id}.webhook-secret`;
  const options = { mode: 0o600, flag: 'wx' };
  await writeFile(join(folder, key), app.privateKeyPem, options);
  await writeFile(join(folder, secret), app.webhookSecret, options);
  throw new CommandError(
    [
      error instanceof Error ? error.message : String(error),
      `The App ${app.name} was made, and its key and secret are in ${key} and ${secret}. Put them in, then delete both files:`,
      `  aws secretsmanager put-secret-value --secret-id ${stage.webhookSecretArn} --secret-string file://${secret}`,
      stage.privateKeyKmsKey === undefined
        ? `  aws secretsmanager put-secret-value --secret-id ${stage.privateKeySecretArn} --secret-string file://${key}`
        : `  hookmint key import ${key} --stage ${stage.name}, once serverless.yml has githubAppId: ${app.clientId} and is deployed`,
    ].join('\n'),
    { cause: error },
  );
}
