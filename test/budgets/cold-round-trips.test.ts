/** What a new process waits for, one call after the other, before a handler makes a call of its own. */
import { join } from 'node:path';
import { expect, inject, it } from 'vitest';
import { createAppKey } from '../../local/github/app-key.ts';
import { type HttpReply, type HttpRequest, listen } from '../../local/http/server.ts';
import { toSignedEvent } from '../harness/deliver.ts';
import { startColdFunction } from './cold-function.ts';

const SECRET = 'the webhook secret of the round trips';

/** What a call is for. */
function toName({ method, path, headers }: HttpRequest): string {
  const operation = String(headers['x-amz-target'] ?? '').split('.')[1];
  return operation ?? (path.endsWith('/access_tokens') ? 'mint' : `${method} ${path}`);
}

/** @param body Of the call. */
function toReply(name: string, body: string, privateKeyPem: string): HttpReply {
  if (name === 'GetSecretValue') {
    const SecretString = body.includes('webhook') ? SECRET : privateKeyPem;
    return { status: 200, body: JSON.stringify({ SecretString, CreatedDate: 0 }) };
  }
  if (name !== 'mint') return { status: 200, body: '{}' };
  const { permissions, repository_ids: ids = [] } = JSON.parse(body);
  const token = {
    token: 'ghs_of_the_round_trips',
    expires_at: new Date(Date.now() + 3_600_000),
    permissions: { ...permissions, metadata: 'read' },
    repository_selection: 'selected',
    repositories: ids.map((id: number) => ({ id })),
  };
  return { status: 201, body: JSON.stringify(token) };
}

it('is the secrets at once, the claim and a mint', async () => {
  const { privateKeyPem } = createAppKey();
  const seen: string[] = [];
  const bothSecrets = Promise.withResolvers<void>();
  await using stack = new AsyncDisposableStack();
  const server = await listen(async (request) => {
    const name = toName(request);
    seen.push(name);
    const secrets = seen.filter((each) => each === 'GetSecretValue').length;
    if (secrets === 2) bothSecrets.resolve();
    // Neither secret is told before the other has been asked for, and none of the rest of init either.
    if (secrets < 2 || name === 'GetSecretValue') await bothSecrets.promise;
    return toReply(name, request.body, privateKeyPem);
  });
  stack.defer(() => server.close());
  const env = {
    AWS_REGION: 'eu-west-1',
    AWS_ENDPOINT_URL: server.url,
    AWS_ACCESS_KEY_ID: 'local',
    AWS_SECRET_ACCESS_KEY: 'local',
    GITHUB_API_URL: server.url,
    GITHUB_APP_ID: '31415',
    WEBHOOK_SECRET_ID: 'webhook',
    PRIVATE_KEY_SECRET_ID: 'key',
    LEDGER_TABLE: 'ledger',
  };
  const cold = stack.use(await startColdFunction(join(inject('functions'), 'webhook.mjs'), env));
  // Init: all at once.
  expect(seen.toSorted()).toEqual(['GetItem', 'GetSecretValue', 'GetSecretValue']);
  seen.length = 0;
  await cold.invoke([toSignedEvent('issues-opened-first-time', { secret: SECRET })]);
  expect(seen.slice(0, 2)).toEqual(['PutItem', 'mint']);
  expect(seen[2]).toMatch(/^(?:GET|POST) \/repos\//);
});
