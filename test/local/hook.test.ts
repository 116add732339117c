import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { createDeliveries } from '../../local/github/delivery-log.ts';
import { createHook } from '../../local/server/hook.ts';
import { type FrontDoor, openFrontDoor } from '../../local/aws/function-url.ts';
import { sign } from '../harness/deliver.ts';

const SECRET = 'the secret of the hook';

let door: FrontDoor;
let deliveries: ReturnType<typeof createDeliveries>;
let answer: () => unknown;
let bodies: (string | undefined)[];

beforeEach(async () => {
  door = await openFrontDoor(0);
  deliveries = createDeliveries({ url: 'http://github.test', now: Date.now });
  bodies = [];
  const logged = createHook({ deliveries, url: door.url, secret: () => SECRET });
  door.serve(
    logged(async (event) => {
      bodies.push(event.body);
      const genuine = event.headers['x-hub-signature-256'] === sign(event.body ?? '', SECRET);
      return genuine ? answer() : { statusCode: 401, body: '{}' };
    }),
  );
});
afterEach(() => door.close());

const send = (body = '{"action":"opened","installation":{"id":5}}', signature = sign(body, SECRET)) =>
  fetch(door.url, {
    method: 'POST',
    body,
    headers: {
      'content-type': 'application/json',
      'x-github-event': 'issues',
      'x-github-delivery': 'guid',
      'x-hub-signature-256': signature,
    },
  });

const redeliver = async (): Promise<void> => {
  const [{ id } = { id: '' }] = deliveries.all();
  const path = `/app/hook/deliveries/${id}/attempts`;
  deliveries.answer({ method: 'POST', path, query: new URLSearchParams(), headers: {}, body: '' });
  await deliveries.settled();
};

describe('the webhook of the stand-in', () => {
  it('logs a delivery with its answer', async () => {
    answer = () => ({ statusCode: 503, body: '{"reason":"rate_limited"}' });
    await send();
    expect(deliveries.all()).toMatchObject([
      {
        guid: 'guid',
        event: 'issues',
        action: 'opened',
        installationId: 5,
        statusCode: 503,
        redelivery: false,
        request: { payload: { action: 'opened' } },
        response: { payload: '{"reason":"rate_limited"}' },
      },
    ]);
  });

  it('logs a function that died as 502', async () => {
    answer = () => {
      throw new Error('dead');
    };
    await send();
    expect(deliveries.all()).toMatchObject([{ statusCode: 502 }]);
  });

  it('delivers again, signed, and logs that once', async () => {
    answer = () => ({ statusCode: 500, body: '{}' });
    await send();
    answer = () => ({ statusCode: 200, body: '{"outcome":"handled"}' });
    await redeliver();
    expect(bodies).toEqual([bodies[0], bodies[0]]);
    expect(deliveries.all()).toMatchObject([
      { guid: 'guid', statusCode: 200, redelivery: true, response: { payload: '{"outcome":"handled"}' } },
      { guid: 'guid', statusCode: 500, redelivery: false },
    ]);
  });

  it("logs nothing of a stranger's", async () => {
    await send('{}', 'sha256=00');
    expect(deliveries.all()).toEqual([]);
  });
});
