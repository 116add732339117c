import { describe, expect, it } from 'vitest';
import { toLambdaResult, toRejectionAnswer, type Rejection } from '../../lib/webhook/answer.ts';

describe('who is refused is told', () => {
  it.each<{ rejection: Rejection; answer: object }>([
    {
      rejection: 'method_not_allowed',
      answer: {
        status: 405,
        headers: { allow: 'POST' },
        body: { outcome: 'rejected', reason: 'method_not_allowed' },
      },
    },
    {
      rejection: 'content_type_unsupported',
      answer: { status: 415, body: { outcome: 'rejected', reason: 'content_type_unsupported' } },
    },
    { rejection: 'signature_missing', answer: { status: 401, body: { outcome: 'rejected' } } },
    { rejection: 'signature_mismatch', answer: { status: 401, body: { outcome: 'rejected' } } },
    {
      rejection: 'headers_missing',
      answer: { status: 400, body: { outcome: 'rejected', reason: 'headers_missing' } },
    },
    {
      rejection: 'payload_malformed',
      answer: { status: 400, body: { outcome: 'rejected', reason: 'payload_malformed' } },
    },
  ])('$rejection', ({ rejection, answer }) => {
    expect(toRejectionAnswer(rejection)).toEqual(answer);
  });
});

describe('a load balancer is told the status', () => {
  it.each([
    { status: 503, description: '503 Service Unavailable' },
    { status: 599, description: '599' },
  ])('in words: $description', ({ status, description }) => {
    expect(toLambdaResult('load_balancer', { status, body: {} })).toMatchObject({
      statusCode: status,
      statusDescription: description,
    });
  });
});
