/** The webhook function of one handler, put together as `lib/functions` does it, with secrets that are at hand. */
import { SYSTEM_CLOCK } from '../async/clock.ts';
import { createAppKey } from '../../local/github/app-key.ts';
import type { GitHub } from '../../local/github/types.ts';
import type { SignedRequest } from '../../local/fixtures/fixtures.ts';
import type { Handler, HandlerTable } from '../dispatch/define-handler.ts';
import { createDispatch, type Dispatch } from '../dispatch/dispatch.ts';
import type { HandlerOutcome } from '../dispatch/outcome.ts';
import { createParking } from '../dispatch/parking.ts';
import { createRouter } from '../dispatch/route.ts';
import { createKeySigner } from '../github/key-signer.ts';
import { createGitHubApp } from '../github/app.ts';
import { toAnswerBudgetMs } from '../github/hosts.ts';
import { createConnections } from '../http/connections.ts';
import { createFetch } from '../http/fetch.ts';
import { parseJson } from '../json/json.ts';
import { createLog } from '../log/log.ts';
import { parsePrivateKeys } from '../secrets/private-key.ts';
import type { DeclaredSettings } from '../settings/declared.ts';
import type { GivenSettings } from '../settings/read-settings.ts';
import { createIntake } from '../webhook/intake.ts';

interface TestIntake {
  /** @returns The body of the answer, parsed. */
  send(request: SignedRequest): Promise<unknown>;
  /** What became of the handler; empty where it did not get as far. */
  readonly outcomes: readonly HandlerOutcome[];
  /** Log lines as they were written, from `debug` on. */
  readonly lines: readonly string[];
}

interface TestIntakeDeps {
  readonly handler: Handler;
  readonly github: GitHub;
  readonly appId: string;
  readonly secret: string;
  /** Values by name: of texts and of secrets. */
  readonly settings: Readonly<Record<string, string>>;
}

let appKey: ReturnType<typeof createAppKey> | undefined;

/** One for the whole process: making it takes 50 to 200 ms. */
export function getAppKey(): ReturnType<typeof createAppKey> {
  appKey ??= createAppKey();
  return appKey;
}

/** The webhook function's own way of a delivery, with one handler in its table and a stand-in of GitHub. */
export function createTestIntake({ handler, github, appId, secret, settings }: TestIntakeDeps): TestIntake {
  const now = Date.now;
  const lines: string[] = [];
  const outcomes: HandlerOutcome[] = [];
  const log = createLog({ level: 'debug', write: (line) => void lines.push(line), now });
  const signers = parsePrivateKeys(getAppKey().privateKeyPem).map(createKeySigner);
  const app = createGitHubApp({
    appId,
    apiUrl: github.url,
    signers: { signers: async () => signers, refreshed: async () => signers },
    fetch: createFetch(createConnections({ now, env: {} })),
    clock: SYSTEM_CLOCK,
    log,
  });
  const ledgerScope = { host: new URL(github.url).host, appId };
  const dispatch = createDispatch({
    app,
    ledger: undefined,
    ledgerScope,
    parking: createParking(now),
    settings: (declared) => Promise.resolve(give(declared, settings)),
    clock: SYSTEM_CLOCK,
  });
  const noting: Dispatch = async (routes, work) => {
    const ended = await dispatch(routes, work);
    outcomes.push(...ended);
    return ended;
  };
  const live = (): Promise<readonly string[]> => Promise.resolve([secret]);
  const intake = createIntake({
    secrets: { live, refreshed: live, versionOf: () => 'current' },
    router: createRouter(toTable(handler)),
    destination: { kind: 'handlers', dispatch: noting },
    appId,
    budgetMs: toAnswerBudgetMs(github.url),
    clock: SYSTEM_CLOCK,
    log,
  });
  return {
    outcomes,
    lines,
    async send({ headers, body }) {
      const answer = await intake({
        requestContext: { http: { method: 'POST' }, timeEpoch: now() },
        headers,
        body,
        isBase64Encoded: false,
      });
      return parseJson(answer.body);
    },
  };
}

function give(declared: DeclaredSettings, values: Readonly<Record<string, string>>): GivenSettings {
  const names = Object.keys(declared);
  return {
    values: Object.fromEntries(names.map((name) => [name, values[name] ?? ''])),
    secrets: names.filter((name) => declared[name] === 'secret').map((name) => values[name] ?? ''),
  };
}

/** Its own events as keys. */
function toTable(handler: Handler): HandlerTable {
  return Object.fromEntries(
    handler.events.map((event) => [event, () => Promise.resolve({ default: handler })]),
  );
}
