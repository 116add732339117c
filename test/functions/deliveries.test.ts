import { readdirSync } from 'node:fs';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { toObject } from '../../lib/json/json.ts';
import { loadFixture, loadWorld } from '../harness/deliver.ts';
import { type Deployment, startDeployment } from '../harness/deployment.ts';

const NAMES = readdirSync(new URL('../app/functions/fixtures/', import.meta.url))
  .map((file) => file.replace(/\.json$/, ''))
  .filter((name) => name !== 'world');

describe('a signed delivery is taken', () => {
  let app: Deployment;
  beforeAll(async () => {
    app = await startDeployment({ ledger: false });
  });
  afterAll(() => app.close());

  it.each(['function_url', 'http_api', 'rest_api', 'load_balancer', 'load_balancer_multi_value'] as const)(
    'through %s, as JSON and as a form',
    async (shape) => {
      const form = { 'Content-Type': 'application/x-www-form-urlencoded' };
      for (const headers of [{}, form]) {
        const {
          status,
          headers: answered,
          body,
        } = await app.deliver('installation-suspend', { shape, headers });
        expect(status).toBe(200);
        expect(answered).toMatchObject({ 'content-type': 'application/json; charset=utf-8' });
        expect(body).toMatchObject({ event: 'installation', outcome: 'handled' });
      }
    },
  );

  it.each(['push', 'ping'])('and ignored, without a call, where no handler claims it: %s', async (name) => {
    const { status, body, calls } = await app.deliver(name);
    expect(status).toBe(202);
    expect(body).toMatchObject({ event: name, outcome: 'ignored', handlers: [] });
    expect(calls).toEqual([]);
  });

  it('and refused where somebody else signed it, or nobody', async () => {
    for (const secret of ['another secret', null]) {
      const { status, body, calls } = await app.deliver('pull-request-opened', { secret });
      expect({ status, body, calls }).toEqual({ status: 401, body: { outcome: 'rejected' }, calls: [] });
    }
  });
});

describe('the fixtures', () => {
  it.each(NAMES)('carry what GitHub sends, and no signature: %s', (name) => {
    const { headers } = loadFixture(name);
    expect(headers).toEqual({
      Accept: '*/*',
      'Content-Type': 'application/json',
      'User-Agent': expect.stringMatching(/^GitHub-Hookshot\/[0-9a-f]{7}$/),
      'X-GitHub-Delivery': expect.stringMatching(
        /^[0-9a-f]{8}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{12}$/,
      ),
      'X-GitHub-Event': expect.stringMatching(/^(installation|issues|ping|pull_request|push)$/),
      'X-GitHub-Hook-ID': '427364001',
      'X-GitHub-Hook-Installation-Target-ID': '31415',
      'X-GitHub-Hook-Installation-Target-Type': 'integration',
    });
  });

  it('are deliveries of their own: no two share an id', () => {
    const ids = NAMES.map((name) => loadFixture(name).headers['X-GitHub-Delivery']);
    expect(new Set(ids).size).toBe(NAMES.length);
  });

  it.each(NAMES.filter((name) => name !== 'ping'))(
    'speak of the world that the stand-in is given: %s',
    (name) => {
      const { repositories = [], installations = [] } = loadWorld();
      const threads = repositories.flatMap(({ issues = [], pulls = [] }) => [...issues, ...pulls]);
      const { installation, repository, number, issue } = toObject(loadFixture(name).body);
      const { id, full_name } = toObject(repository);
      expect(installations.map((each) => each.id)).toContain(toObject(installation)['id']);
      expect([undefined, ...repositories.map((each) => each.id)]).toContain(id);
      expect([undefined, ...repositories.map((each) => each.full_name)]).toContain(full_name);
      expect([undefined, ...threads.map((each) => each.number)]).toContain(
        number ?? toObject(issue)['number'],
      );
    },
  );
});
