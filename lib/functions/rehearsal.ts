/**
 * One delivery that nobody sent, on the way that every delivery takes, with nothing at its ends: no call leaves the process,
 * nothing is logged, and no handler of the app runs. V8 compiles a function when it first runs. So this is done while init
 * waits for the network, at the full CPU that Lambda lends then, and not by the first delivery.
 */
import { createHmac } from 'node:crypto';
import { SYSTEM_CLOCK } from '../async/clock.ts';
import { createDynamoDBCall } from '../aws/dynamodb.ts';
import { createLedger } from '../aws/ledger.ts';
import { defineHandler } from '../dispatch/define-handler.ts';
import { createDispatch } from '../dispatch/dispatch.ts';
import { createParking } from '../dispatch/parking.ts';
import { createRouter } from '../dispatch/route.ts';
import { createGitHubApp } from '../github/app.ts';
import { createAnswer } from '../http/answer.ts';
import type { Fetch } from '../http/fetch.ts';
import { createLog } from '../log/log.ts';
import type { LambdaResult } from '../webhook/answer.ts';
import { createIntake } from '../webhook/intake.ts';

/** Of a host that does not exist, should anything ever be sent. Source: RFC 6761, section 6.4. */
const NOWHERE = 'https://rehearsal.invalid';
const SECRET = 'known to everybody';
const LIMIT_MS = 1_000;

const BODY = JSON.stringify({
  action: 'opened',
  issue: { number: 1 },
  repository: { id: 1, name: 'rehearsal', full_name: 'nobody/rehearsal', owner: { login: 'nobody' } },
  installation: { id: 1 },
});

const COMMENT = { owner: 'nobody', repo: 'rehearsal', issue_number: 1, body: 'text' };

/** Mints, and posts a comment, as most handlers do. */
const HANDLER = defineHandler('issues.opened', {
  permissions: { issues: 'write' },
  async handle({ github, log }) {
    await github.request('POST /repos/{owner}/{repo}/issues/{issue_number}/comments', COMMENT);
    log.info('commented');
  },
});

/** @returns What a sender would be answered: the handler has run. */
export async function rehearse({ withLedger }: { readonly withLedger: boolean }): Promise<LambdaResult> {
  const clock = SYSTEM_CLOCK;
  const now = (): number => clock.now();
  const log = createLog({ level: 'info', write() {}, now });
  const scope = { host: 'rehearsal.invalid', appId: '1' };
  const signers = [async () => 'a JWT'];
  const app = createGitHubApp({
    appId: scope.appId,
    apiUrl: NOWHERE,
    signers: { signers: async () => signers, refreshed: async () => signers },
    fetch: answerAll,
    clock,
    log,
  });
  const ledger = withLedger ? createLedger({ table: 'rehearsal', now, call: createCall() }) : undefined;
  const dispatch = createDispatch({ app, ledger, ledgerScope: scope, parking: createParking(now), clock });
  const live = async (): Promise<readonly string[]> => [SECRET];
  const intake = createIntake({
    secrets: { live, refreshed: live, versionOf: () => 'current' },
    router: createRouter({ 'issues.opened': async () => ({ default: HANDLER }) }),
    destination: { kind: 'handlers', dispatch },
    appId: scope.appId,
    budgetMs: LIMIT_MS,
    clock,
    log,
  });
  return intake(toEvent());
}

function createCall() {
  return createDynamoDBCall({
    env: { AWS_REGION: 'nowhere', AWS_ENDPOINT_URL: NOWHERE },
    clock: SYSTEM_CLOCK,
    fetch: answerAll,
    credentials: async () => ({ accessKeyId: 'none', secretAccessKey: 'none' }),
    closeIdle() {},
    random: Math.random,
  });
}

/** As a function URL hands it over. */
function toEvent(): object {
  const signature = createHmac('sha256', SECRET).update(BODY).digest('hex');
  return {
    version: '2.0',
    rawPath: '/',
    rawQueryString: '',
    headers: {
      'content-type': 'application/json',
      'x-github-event': 'issues',
      'x-github-delivery': '00000000-0000-0000-0000-000000000000',
      'x-github-hook-id': '1',
      'x-hub-signature-256': `sha256=${signature}`,
    },
    requestContext: { http: { method: 'POST' }, timeEpoch: Date.now() },
    body: BODY,
    isBase64Encoded: false,
  };
}

/** In place of the network: a token for a mint, and next to nothing for all else. */
const answerAll: Fetch = async (url) => {
  const { href, pathname } = new URL(url);
  const text = pathname.endsWith('/access_tokens') ? toTokenText() : '{}';
  const headers = new Map([['content-type', 'application/json; charset=utf-8']]);
  const status = pathname === '/' ? 200 : 201; // DynamoDB's, and GitHub's for what was made
  const bytes = Buffer.from(text);
  return createAnswer(href, { status, statusText: '', headers, bytes }, bytes.byteLength);
};

function toTokenText(): string {
  return JSON.stringify({
    token: 'ghs_of_a_rehearsal',
    expires_at: new Date(Date.now() + 3_600_000),
    permissions: { issues: 'write', metadata: 'read' },
    repository_selection: 'selected',
    repositories: [{ id: 1 }],
  });
}
