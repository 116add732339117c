/** Registers an App, from the handlers to the first installation. */
import { randomBytes } from 'node:crypto';
import { followFor } from '../../lib/async/abort.ts';
import { createConnections } from '../../lib/http/connections.ts';
import { createFetch } from '../../lib/http/fetch.ts';
import { DEFAULT_API_URL } from '../../local/server/settings.ts';
import { createCalls } from '../app/calls.ts';
import type { NamedApp } from '../app/named-app.ts';
import { CommandError } from '../command-error.ts';
import type { CommandIo } from '../io/io.ts';
import { painted } from '../io/lines.ts';
import { describeDiagnosis, diagnose } from '../doctor/run-doctor.ts';
import type { Installation } from '../installations/list-installations.ts';
import { awaitInstallation } from './await-installation.ts';
import { chooseDestination, type Destination } from './destination.ts';
import { exchangeCode, type RegisteredApp } from './exchange-code.ts';
import { toNamedApp } from './new-app.ts';
import { makePlan, namesApiUrl, type Plan, type RegisterOptions, warn } from './plan.ts';
import { awaitVisits, type Callback, type Visits } from './visits.ts';

/** GitHub's own limit for the whole of it. Source: its docs, "Registering a GitHub App from a manifest". */
const TIME_MS = 3_600_000;

/** @throws CommandError, Interrupted */
export async function registerApp(options: RegisterOptions, io: CommandIo): Promise<void> {
  const plan = await makePlan(options, io);
  if (options.manifest) return io.report(true, { value: plan.toManifest(), lines: [] });
  const { apiUrl, stage } = plan;
  const isDefault = apiUrl === DEFAULT_API_URL && !(await namesApiUrl(io));
  const choice = { stage, yes: options.yes, apiUrl: isDefault ? undefined : apiUrl };
  const destination = await chooseDestination(choice, io);
  warn(plan, io);
  const { app, stored } = await io.interruptible((signal) =>
    register(plan, destination, { options, io, signal }),
  );
  const installUrl = `${app.htmlUrl}/installations/new`;
  io.tell(
    [
      painted('green', `Registered ${app.name}`),
      ` as ${app.clientId}, and stored it in ${destination.name}.`,
    ],
    `Install it: ${installUrl}`,
  );
  if (stage !== undefined && stage.appId !== app.clientId && stage.appId !== String(app.id)) {
    io.tell(
      `The stage ${stage.name} still runs as ${stage.appId}: write githubAppId: ${app.clientId} under params in serverless.yml, and deploy it with --param release=AllAtOnce.`,
    );
  }
  const named = toNamedApp(app, apiUrl);
  const installation = options.wait ? await waitFor(named, io) : undefined;
  const patient = { app: { isKnown: true, value: named } as const, webhookAddress: plan.webhookAddress };
  const diagnosis = await diagnose(patient, false, io);
  const { privateKeyPem: _, webhookSecret: __, ...shown } = app;
  io.report(options.json, {
    value: {
      app: { ...shown, apiUrl },
      stored,
      installUrl,
      installedBy: installation?.account ?? null,
      doctor: diagnosis,
    },
    lines: [
      ...(installation === undefined ? [] : [`${installation.account ?? 'Somebody'} has installed it.`]),
      '',
      ...describeDiagnosis(diagnosis),
    ],
  });
  if (!diagnosis.ok) io.foundWrong();
}

interface Run {
  readonly options: RegisterOptions;
  readonly io: CommandIo;
  readonly signal: AbortSignal;
}

async function register(plan: Plan, destination: Destination, run: Run) {
  const { options, io } = run;
  const owner = options.org === undefined ? '' : `/organizations/${options.org}`;
  const visits = await awaitVisits({
    port: toPort(options.port),
    state: randomBytes(32).toString('base64url'),
    newAppUrl: `${plan.webUrl}${owner}/settings/apps/new`,
    toManifest: plan.toManifest,
    onRefused: (why) => io.tell(why),
  });
  try {
    io.tell(`Open this page, if it does not open by itself: ${visits.url}`);
    if (options.open) io.openBrowser(visits.url);
    const callback = await awaitCallback(visits, run);
    return await take(callback, plan, destination, run);
  } finally {
    await visits.close();
  }
}

/** @throws CommandError Where nobody came back within the hour. */
async function awaitCallback({ callback }: Visits, { io, signal }: Run): Promise<Callback> {
  const time = followFor(io.clock, TIME_MS, signal);
  try {
    return await io.showing(
      'Waiting for GitHub to send the page back; Ctrl-C ends it, and nothing is left',
      () => Promise.race([callback, untilAborted(time.signal)]),
    );
  } catch (error) {
    if (signal.aborted) throw error;
    throw new CommandError(
      'Nobody came back from GitHub within an hour. Nothing was stored; if an App was made there, delete it and run hookmint register again.',
    );
  } finally {
    time.end();
  }
}

async function take(callback: Callback, { apiUrl }: Plan, destination: Destination, { io }: Run) {
  try {
    const fetch = createFetch(createConnections({ now: () => io.clock.now(), env: io.env }));
    // Not to be interrupted: GitHub gives key and secret out once.
    const { signal } = new AbortController();
    const app = await exchangeCode(callback.code, { apiUrl, fetch, clock: io.clock, signal });
    const stored = await destination.store(app).catch((error: unknown) => {
      throw explainLoss(app, error);
    });
    const link = { url: `${app.htmlUrl}/installations/new`, text: `Install ${app.name}` };
    callback.answer(`${app.name} is registered. Next, install it; the terminal waits for that.`, link);
    return { app, stored };
  } catch (error) {
    callback.answer('It did not work: the terminal says why.');
    throw error;
  }
}

function explainLoss(app: RegisteredApp, error: unknown): CommandError {
  if (error instanceof CommandError) return error;
  const why = error instanceof Error ? error.message : String(error);
  return new CommandError(
    `The App ${app.name} was made, but its key could not be stored (${why}). Delete it at ${app.htmlUrl}, mend that, and run hookmint register again.`,
    { cause: error },
  );
}

async function waitFor(app: NamedApp, io: CommandIo): Promise<Installation> {
  const call = await createCalls(app, io);
  return io.interruptible((signal) =>
    io.showing('Waiting until somebody installs it; Ctrl-C ends the waiting, and the App stays', () =>
      awaitInstallation(call, io, signal),
    ),
  );
}

function untilAborted(signal: AbortSignal): Promise<never> {
  return new Promise((_, reject) => {
    const end = (): void => reject(signal.reason instanceof Error ? signal.reason : new Error('aborted'));
    if (signal.aborted) end();
    else signal.addEventListener('abort', end, { once: true });
  });
}

function toPort(text: string): number {
  if (/^\d{1,5}$/.test(text) && Number(text) <= 65_535) return Number(text);
  throw new CommandError(`'${text}' is no port: a number from 0 to 65535.`);
}
