/** `.env` was changed: what of it the running functions can be told, they are told; for the rest all begins anew. */
import { checkApp } from './check-app.ts';
import type { HandlerSettings } from './handler-settings.ts';
import { type Environment, loadLocalSettings, type LocalSettings } from './settings.ts';
import { type FunctionEnvironments, type StandIns, WEBHOOK_SECRET_ID } from './stand-ins.ts';
import { keepWebhookSecret } from './webhook-secret.ts';

/** What may change while the app runs. */
export interface Live {
  settings: LocalSettings;
  /** The webhook's. */
  secret: string;
  /** What handlers are told. */
  handlers: HandlerSettings;
  env: FunctionEnvironments;
}

interface ReloadOptions {
  /** The app's. */
  readonly folder: string;
  readonly env: Environment;
  readonly live: Live;
  readonly standIns: Pick<StandIns, 'describe' | 'secretsManager'>;
  /** What handlers are told, read anew. @throws SettingsError */
  readonly loadHandlers: () => Promise<HandlerSettings>;
  /** Starts the functions that deliveries wait for anew. */
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
  const env = standIns.describe(toVariables(settings), handlers);
  Object.assign(live, { settings, secret, handlers, env } satisfies Live);
  await renew();
  return '.env: taken up';
}

/** The functions write every line, also those that are not told here: which handler made which call is one. */
export function toVariables({ passedOn }: LocalSettings): Readonly<Record<string, string>> {
  return { ...passedOn, LOG_LEVEL: 'debug' };
}

function isSame(a: unknown, b: unknown): boolean {
  return JSON.stringify(a) === JSON.stringify(b);
}
