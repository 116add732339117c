/** An App that was made a moment ago, for calls to GitHub as that App. Pure. */
import { parseAppKeys } from '../app/app-key.ts';
import type { NamedApp } from '../app/named-app.ts';
import type { RegisteredApp } from './exchange-code.ts';

export function toNamedApp(app: RegisteredApp, apiUrl: string): NamedApp {
  return {
    appId: app.clientId,
    apiUrl,
    namedBy: 'its registration',
    keyIsIn: 'file',
    keys: async () => parseAppKeys(app.privateKeyPem),
    webhookSecret: async () => app.webhookSecret,
  };
}
