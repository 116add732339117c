/**
 * The App's webhook as the GitHub stand-in has it: every delivery that came through the front door
 * stands in its log with the answer, and what it is asked to deliver again is sent again.
 */
import type { LambdaFunctionURLEvent } from 'aws-lambda';
import { toDelivery, toEnvelope } from '../../lib/delivery/delivery.ts';
import { parsePayload, toBodyFormat } from '../../lib/delivery/payload.ts';
import { receive } from '../../lib/webhook/receive.ts';
import { toSignedRequest } from '../fixtures/fixtures.ts';
import type { Deliveries } from '../github/delivery-log.ts';
import { readText, toObject } from '../../lib/json/json.ts';

interface HookOptions {
  readonly deliveries: Deliveries;
  /** Where redeliveries go. */
  readonly url: string;
  /** The webhook's, as it is now. */
  readonly secret: () => string;
}

type Invoke = (event: LambdaFunctionURLEvent) => Promise<unknown>;

/** @returns Makes an invocation one that is logged. */
export function createHook({ deliveries, url, secret }: HookOptions): (invoke: Invoke) => Invoke {
  /** The stand-in logs these by itself. */
  const underWay = new Set<string>();

  deliveries.onRedeliver(async ({ guid, request: { headers, payload } }) => {
    if (payload === null) return undefined;
    underWay.add(guid);
    try {
      const request = toSignedRequest({ id: guid, headers, payload }, { secret: secret() });
      const response = await fetch(url, { method: 'POST', ...request });
      return { statusCode: response.status, response: { payload: await response.text() } };
    } finally {
      underWay.delete(guid);
    }
  });

  function record(event: LambdaFunctionURLEvent, result: unknown): void {
    const { statusCode = 502, body } = toObject(result);
    const envelope = toEnvelope(receive(event), new Date());
    // A refused signature is a stranger's: GitHub has the secret.
    if (envelope === undefined || statusCode === 401 || underWay.has(envelope.id)) return;
    const payload = readPayload(event);
    const { action, installationId } = toDelivery(envelope, payload);
    deliveries.add({
      guid: envelope.id,
      event: envelope.event,
      action,
      installationId,
      statusCode: Number(statusCode),
      request: { headers: toHeaders(event), payload: payload ?? null },
      response: { payload: readText({ body }, 'body') ?? null },
    });
  }

  return (invoke) => async (event) => {
    let result: unknown;
    try {
      result = await invoke(event);
      return result;
    } finally {
      record(event, result);
    }
  };
}

function readPayload(event: LambdaFunctionURLEvent) {
  const format = toBodyFormat(event.headers['content-type']);
  return format && parsePayload(receive(event).body, format);
}

function toHeaders({ headers }: LambdaFunctionURLEvent): Record<string, string> {
  return Object.fromEntries(Object.entries(headers).map(([name, value = '']) => [name, value]));
}
