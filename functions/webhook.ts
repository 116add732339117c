/** The webhook function: takes deliveries from GitHub, and handles or enqueues them. */
import { handlers } from '#handlers';
import { createSecretReader } from '../lib/aws/secrets-manager.ts';
import { loadWebhookConfig } from '../lib/config.ts';
import { createRouter } from '../lib/dispatch/route.ts';
import { toAnswerBudgetMs } from '../lib/github/hosts.ts';
import { createIntake, type Destination } from '../lib/intake.ts';
import { createLog } from '../lib/log.ts';
import { createSecretCache } from '../lib/secret-cache.ts';
import { startWarmUp } from '../lib/warm-up.ts';
import { createWebhookSecrets } from '../lib/webhook/secrets.ts';

const now = Date.now;
const config = loadWebhookConfig(process.env);
const log = createLog({ level: config.logLevel, write: (line) => process.stdout.write(`${line}\n`), now });
const secretCache = createSecretCache({ readSecret: createSecretReader(), now, log });
const secrets = createWebhookSecrets({ cache: secretCache, secretId: config.webhookSecretId, now, log });
const warmUp = startWarmUp();
warmUp.begin((signal) => secrets.live(signal));

/** Lambda's entry point: `webhook.handler`. */
export const handler = createIntake({
  secrets,
  router: createRouter(handlers),
  destination: await createDestination(),
  appId: config.appId,
  budgetMs: toAnswerBudgetMs(config.apiUrl),
  now,
  log,
});

await warmUp.done();

/** Loads what this shape of deployment needs, while the secret is on its way. */
async function createDestination(): Promise<Destination> {
  if (config.kind === 'queued') {
    const queued = await import('./webhook/queued.ts');
    return queued.createDestination({ config, warmUp, now, log });
  }
  const inline = await import('./webhook/inline.ts');
  return inline.createDestination({ config, secretCache, warmUp, now, log });
}
