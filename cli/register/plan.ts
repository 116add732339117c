/** What is to be registered, and where: from the options, the handlers, `.env`, and the stage. */
import { readFile } from 'node:fs/promises';
import { basename, join, resolve } from 'node:path';
import { parseJson, readText } from '../../lib/json/json.ts';
import { DEFAULT_API_URL, readSettings } from '../../local/server/settings.ts';
import { loadHandlers } from '../app/handlers.ts';
import { findNeeds, type Needs } from '../../lib/build/app-needs.ts';
import { CommandError } from '../command-error.ts';
import type { CommandIo } from '../io/io.ts';
import { findStage } from '../stage/find-stage.ts';
import type { Stage } from '../stage/stage.ts';
import { toApiUrl, toWebUrl } from './hosts.ts';
import { createManifest, type Manifest } from './manifest.ts';

export interface RegisterOptions {
  readonly org?: string;
  readonly name?: string;
  readonly stage?: string;
  readonly githubUrl?: string;
  readonly webhookUrl?: string;
  readonly manifest: boolean;
  readonly port: string;
  readonly open: boolean;
  readonly wait: boolean;
  readonly yes: boolean;
  readonly json: boolean;
}

/** What is to be registered, and where. */
export interface Plan {
  readonly webUrl: string;
  readonly apiUrl: string;
  readonly stage: Stage | undefined;
  readonly needs: Needs;
  /** Where deliveries are to go to; undefined where there is no such place yet. */
  readonly webhookAddress: string | undefined;
  readonly toManifest: (redirectUrl?: string) => Manifest;
}

/** @throws CommandError Where a handler, an option or the stage is no good. */
export async function makePlan(options: RegisterOptions, io: CommandIo): Promise<Plan> {
  const { org, githubUrl } = options;
  if (org !== undefined && !/^[\w-]+$/.test(org))
    throw new CommandError(`'${org}' is no organization's login.`);
  const needs = findNeeds((await loadHandlers(io)).handlers);
  const stage = options.stage === undefined ? undefined : await findStage(options.stage, io);
  const read = await readSettings(io.folder, io.env);
  const named = stage?.apiUrl ?? read('GITHUB_API_URL')?.trim().replace(/\/+$/, '') ?? DEFAULT_API_URL;
  const apiUrl = githubUrl === undefined ? named : toApiUrl(githubUrl);
  if (apiUrl === undefined || !URL.canParse(apiUrl)) {
    throw new CommandError(`'${githubUrl ?? named}' is no address of a GitHub: https://HOST.`);
  }
  if (stage !== undefined && apiUrl !== stage.apiUrl) {
    throw new CommandError(`The stage ${stage.name} works with ${stage.apiUrl}: leave --github-url out.`);
  }
  const webUrl = toWebUrl(apiUrl);
  const manifest = await readPackage(io.folder);
  const name = options.name ?? readText(manifest, 'name') ?? basename(resolve(io.folder));
  const owner = org === undefined ? '' : `/${org}`;
  const webhookAddress = options.webhookUrl ?? stage?.webhookAddress;
  const homepage = readText(manifest, 'homepage') ?? `${webUrl}${owner}`;
  return {
    webUrl,
    apiUrl,
    stage,
    needs,
    webhookAddress,
    toManifest: (redirectUrl) =>
      createManifest(needs, {
        name,
        homepage,
        webhookAddress,
        ...(redirectUrl !== undefined && { redirectUrl }),
      }),
  };
}

/** Whether `.env` names an API: with github.com's App in it, that address would go on leading elsewhere. */
export async function namesApiUrl({ folder }: CommandIo): Promise<boolean> {
  return (await readSettings(folder, {}))('GITHUB_API_URL') !== undefined;
}

async function readPackage(folder: string): Promise<unknown> {
  return parseJson(await readFile(join(folder, 'package.json'), 'utf8').catch(() => ''));
}

/** What of the handlers no manifest can have. */
export function warn({ needs: { takeAll, neverSent } }: Plan, io: CommandIo): void {
  if (takeAll.length > 0) {
    io.tell(
      `What ${takeAll.join(', ')} needs is not declared (permissions: 'all'): give the App those permissions by hand, afterwards.`,
    );
  }
  if (neverSent.length > 0) io.tell(`GitHub sends no App these events: ${neverSent.join(', ')}.`);
}
