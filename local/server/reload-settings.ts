/** `.env` was changed: what of it the running functions can be told, they are told; for the rest all begins anew. */
import { checkApp } from './check-app.ts';
import type { HandlerSettings } from './handler-settings.ts';
import { type Environment, loadLocalSettings, type LocalSettings } from './settings.ts';
import {
  type FunctionEnvironments,
  type FunctionName,
  type StandIns,
  WEBHOOK_SECRET_ID,
} from './stand-ins.ts';
import { keepWebhookSecret } from './webhook-secret.ts';

/** What may change while the app runs. */
export interface Live {
  settings: LocalSettings;
  /** The webhook's. */
  secret: string;
  /** What the handlers are told that deliveries meet. */
  handlers: HandlerSettings;
  /** What each function was told when it was started last, or will be when it is started next. */
  env: FunctionEnvironments;
}

interface ReloadOptions {
  /** The app's. */
  readonly folder: string;
  readonly env: Environment;
  readonly live: Live;
  readonly standIns: Pick<StandIns, 'secretsManager'>;
  /** What handlers are told, read anew. @throws SettingsError */
  readonly loadHandlers: () => Promise<HandlerSettings>;
  /** Starts the functions that deliveries wait for anew, with what is live then. */
  readonly renew: () => Promise<void>;
  /** Ends the server and begins anew. */
  readonly restart: () => void;
}

/**
 * @returns What was done, in words.
 * @throws SettingsError, StartError: nothing was changed then.
 */
export async function reloadSettings({
  folder,
  env: given,
  live,
  standIns,
  loadHandlers,
  renew,
  restart,
}: ReloadOptions): Promise<string> {
  const settings = await loadLocalSettings(folder, given);
  const handlers = await loadHandlers();
  if (isSame([settings, handlers], [live.settings, live.handlers]))
    return '.env: changed, and nothing that is read from it';
  if (!isSame([settings.port, settings.github], [live.settings.port, live.settings.github])) {
    if (settings.github.kind === 'real') await checkApp(settings.github);
    restart();
    return '.env: another port, or another GitHub: everything begins anew, the ledger stays';
  }
  const secret = settings.webhookSecret ?? (await keepWebhookSecret(folder));
  if (secret !== live.secret)
    standIns.secretsManager.put(WEBHOOK_SECRET_ID, JSON.stringify({ webhookSecret: secret }));
  Object.assign(live, { settings, secret } satisfies Partial<Live>);
  await renew();
  return '.env: taken up';
}

interface RenewalOptions {
  readonly live: Live;
  readonly standIns: Pick<StandIns, 'describe'>;
  readonly loadHandlers: ReloadOptions['loadHandlers'];
  /** The functions that deliveries wait for. */
  readonly handling: readonly FunctionName[];
  /** Starts these anew. */
  readonly start: (names: readonly FunctionName[]) => Promise<void>;
}

/**
 * Starts functions anew, and tells them what handlers declare by now. Only the functions named are told: the sweeper is
 * built and started beside the others, and what it alone was told of `.env` must not pass for what deliveries meet.
 */
export function createRenewal({ live, standIns, loadHandlers, handling, start }: RenewalOptions) {
  return async (names: readonly FunctionName[]): Promise<void> => {
    const handlers = await loadHandlers();
    const env = standIns.describe(toVariables(live.settings), handlers);
    live.env = { ...live.env, ...Object.fromEntries(names.map((name) => [name, env[name]])) };
    if (names.some((name) => handling.includes(name))) live.handlers = handlers;
    await start(names);
  };
}

/** The functions write every line, also those that are not told here: which handler made which call is one. */
export function toVariables({ passedOn }: LocalSettings): Readonly<Record<string, string>> {
  return { ...passedOn, LOG_LEVEL: 'debug' };
}

function isSame(a: unknown, b: unknown): boolean {
  return JSON.stringify(a) === JSON.stringify(b);
}
