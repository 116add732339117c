/**
 * The configuration of the App's webhook.
 *
 * Source: GitHub docs, "REST API endpoints for GitHub App webhooks".
 */
import { parseJson, readText, toObject } from '../../lib/json/json.ts';
import type { HttpRequest } from '../http/server.ts';
import { notFound, type Reply, refuse, reply } from './replies.ts';

export interface HookConfig {
  readonly url: string;
  readonly contentType: 'json' | 'form';
  /** Whether GitHub looks at no certificate. */
  readonly insecureSsl: boolean;
  /** null: deliveries are not signed. */
  readonly secret: string | null;
}

export interface AppHook {
  /** As it is now: what a delivery would be sent to, and signed with. */
  config(): HookConfig;
  change(config: Partial<HookConfig>): void;
  answer(request: HttpRequest): Reply;
}

/** What GitHub shows in place of a secret. */
const HIDDEN = '********';

export function createAppHook(start: Partial<HookConfig> = {}): AppHook {
  let config: HookConfig = {
    url: 'https://hookmint.invalid/webhook',
    contentType: 'json',
    insecureSsl: false,
    secret: null,
    ...start,
  };
  const change = (changed: Partial<HookConfig>): void => {
    config = { ...config, ...changed };
  };
  return {
    config: () => config,
    change,
    answer({ method, body }) {
      if (method === 'GET') return reply(200, describe(config));
      if (method !== 'PATCH') return notFound();
      const asked = toObject(parseJson(body));
      const [url, contentType, secret] = ['url', 'content_type', 'secret'].map((key) => readText(asked, key));
      if (contentType !== undefined && contentType !== 'json' && contentType !== 'form')
        return refuse(422, 'Invalid request.\n\ncontent_type is not one of json, form.');
      const insecure = asked['insecure_ssl'];
      change({
        ...(url !== undefined && { url }),
        ...(contentType !== undefined && { contentType }),
        ...(secret !== undefined && { secret }),
        ...(insecure !== undefined && { insecureSsl: insecure === '1' || insecure === 1 }),
      });
      return reply(200, describe(config));
    },
  };
}

function describe({ url, contentType, insecureSsl, secret }: HookConfig) {
  return {
    url,
    content_type: contentType,
    insecure_ssl: insecureSsl ? '1' : '0',
    ...(secret !== null && { secret: HIDDEN }),
  };
}
