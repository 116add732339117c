/** What a function URL hands to the webhook, with nothing in it but what a test is about. */
import type { LambdaFunctionURLEvent } from 'aws-lambda';

/** @param body Text; undefined where there is none. */
export function toFunctionUrlEvent(
  headers: Readonly<Record<string, string>>,
  body?: string,
): LambdaFunctionURLEvent {
  return {
    version: '2.0',
    routeKey: '$default',
    rawPath: '/',
    rawQueryString: '',
    headers,
    requestContext: {
      accountId: '',
      apiId: '',
      domainName: '',
      domainPrefix: '',
      http: { method: 'POST', path: '/', protocol: 'HTTP/1.1', sourceIp: '', userAgent: '' },
      requestId: '',
      routeKey: '',
      stage: '',
      time: '',
      timeEpoch: 0,
    },
    ...(body !== undefined && { body }),
    isBase64Encoded: false,
  };
}
