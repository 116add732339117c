/** What the sender of a request is told: status, body, and the form that its front door expects. Pure. */
import { STATUS_CODES } from 'node:http';
import type { EventShape } from './receive.ts';

/** A request refused at the trust boundary: an ordinary answer, not a fault. */
export type Rejection =
  | 'method_not_allowed'
  | 'content_type_unsupported'
  | 'signature_missing'
  | 'signature_mismatch'
  | 'headers_missing'
  | 'payload_malformed';

/** As HTTP has it; `toLambdaResult` gives it the form that the front door takes. */
export interface WebhookAnswer {
  readonly status: number;
  readonly headers?: Readonly<Record<string, string>>;
  readonly body: object;
}

/** The 401 is one text for every cause, so that probing learns nothing. */
export function toRejectionAnswer(rejection: Rejection): WebhookAnswer {
  switch (rejection) {
    case 'method_not_allowed':
      return { status: 405, headers: { allow: 'POST' }, body: { outcome: 'rejected', reason: rejection } };
    case 'content_type_unsupported':
      return { status: 415, body: { outcome: 'rejected', reason: rejection } };
    case 'signature_missing':
    case 'signature_mismatch':
      return { status: 401, body: { outcome: 'rejected' } };
    case 'headers_missing':
    case 'payload_malformed':
      return { status: 400, body: { outcome: 'rejected', reason: rejection } };
  }
}

/** What Lambda hands to the front door. */
export interface LambdaResult {
  readonly statusCode: number;
  readonly statusDescription?: string;
  readonly headers?: Record<string, string>;
  readonly multiValueHeaders?: Record<string, string[]>;
  readonly body: string;
  readonly isBase64Encoded: boolean;
}

/** A load balancer reads `multiValueHeaders` where its target group sends them, and then nothing else. */
export function toLambdaResult(
  shape: EventShape,
  { status, headers: more, body }: WebhookAnswer,
): LambdaResult {
  const headers = { 'content-type': 'application/json; charset=utf-8', ...more };
  const result = { statusCode: status, body: JSON.stringify(body), isBase64Encoded: false };
  switch (shape) {
    case 'payload_2':
    case 'payload_1':
      return { ...result, headers };
    case 'load_balancer':
      return { ...result, statusDescription: describeStatus(status), headers };
    case 'load_balancer_multi_value': {
      const multiValueHeaders = Object.fromEntries(
        Object.entries(headers).map(([name, value]) => [name, [value]]),
      );
      return { ...result, statusDescription: describeStatus(status), multiValueHeaders };
    }
  }
}

function describeStatus(status: number): string {
  return `${status} ${STATUS_CODES[status] ?? ''}`.trim();
}
