/** One HTTP request in every form that AWS gives it before a function sees it. Pure. */
import type { ALBEvent, APIGatewayProxyEvent, APIGatewayProxyEventV2 } from 'aws-lambda';

/** Which front door: a function URL, an HTTP API (payload 2.0), a REST API (1.0), a load balancer with either kind of headers. */
export type EventShape =
  'function_url' | 'http_api' | 'rest_api' | 'load_balancer' | 'load_balancer_multi_value';

/** A list is a header that was sent several times. */
export type HeaderValues = Readonly<Record<string, string | readonly string[]>>;

export interface LambdaRequest {
  readonly headers: HeaderValues;
  readonly body: Buffer | string;
  /** Default `POST`. */
  readonly method?: string;
  /** Default `/`. */
  readonly path?: string;
  /** When the front door took it; a load balancer does not say. Default: now. */
  readonly at?: Date;
}

const SOURCE_IP = '140.82.115.9';
const HOST = 'hooks.example.com';

export function toEvent(shape: EventShape, request: LambdaRequest) {
  switch (shape) {
    case 'function_url':
    case 'http_api':
      return toPayload2(shape, request);
    case 'rest_api':
      return toPayload1(request);
    case 'load_balancer':
      return toLoadBalancer(request, { headers: mapHeaders(request, lower, last) });
    case 'load_balancer_multi_value':
      return toLoadBalancer(request, { multiValueHeaders: mapHeaders(request, lower, all) });
  }
}

/** The value of a header in any case, repeats joined; empty where it is missing. */
export function valueOf(headers: HeaderValues, name: string): string {
  const found = Object.entries(headers).find(([key]) => key.toLowerCase() === name.toLowerCase());
  return found === undefined ? '' : joined(all(found[1]));
}

function toPayload2(shape: 'function_url' | 'http_api', request: LambdaRequest): APIGatewayProxyEventV2 {
  const { method = 'POST', path = '/', at = new Date() } = request;
  const routeKey = shape === 'function_url' ? '$default' : `${method} ${path}`;
  return {
    version: '2.0',
    routeKey,
    rawPath: path,
    rawQueryString: '',
    headers: mapHeaders(request, lower, (value) => joined(all(value))),
    requestContext: {
      accountId: shape === 'function_url' ? 'anonymous' : '123456789012',
      apiId: 'a1b2c3d4e5',
      domainName: HOST,
      domainPrefix: 'a1b2c3d4e5',
      http: {
        method,
        path,
        protocol: 'HTTP/1.1',
        sourceIp: SOURCE_IP,
        userAgent: valueOf(request.headers, 'user-agent'),
      },
      requestId: 'f1a2b3c4-0000-4000-8000-000000000000',
      routeKey,
      stage: '$default',
      time: at.toUTCString(),
      timeEpoch: at.getTime(),
    },
    ...encode(request),
  };
}

/** Keeps the spelling of header names, and shows the last of repeated ones in `headers`. */
function toPayload1(request: LambdaRequest): APIGatewayProxyEvent {
  const { method = 'POST', path = '/', at = new Date() } = request;
  return {
    resource: '/{proxy+}',
    path,
    httpMethod: method,
    headers: mapHeaders(request, same, last),
    multiValueHeaders: mapHeaders(request, same, all),
    queryStringParameters: null,
    multiValueQueryStringParameters: null,
    pathParameters: null,
    stageVariables: null,
    requestContext: {
      accountId: '123456789012',
      apiId: 'a1b2c3d4e5',
      authorizer: null,
      protocol: 'HTTP/1.1',
      httpMethod: method,
      identity: { ...NOBODY, sourceIp: SOURCE_IP, userAgent: valueOf(request.headers, 'user-agent') },
      path: `/prod${path}`,
      stage: 'prod',
      requestId: 'f1a2b3c4-0000-4000-8000-000000000000',
      requestTimeEpoch: at.getTime(),
      resourceId: 'abc123',
      resourcePath: '/{proxy+}',
    },
    ...encode(request),
  };
}

const NOBODY = {
  accessKey: null,
  accountId: null,
  apiKey: null,
  apiKeyId: null,
  caller: null,
  clientCert: null,
  cognitoAuthenticationProvider: null,
  cognitoAuthenticationType: null,
  cognitoIdentityId: null,
  cognitoIdentityPoolId: null,
  principalOrgId: null,
  user: null,
  userArn: null,
};

function toLoadBalancer(
  request: LambdaRequest,
  headers: Pick<ALBEvent, 'headers' | 'multiValueHeaders'>,
): ALBEvent {
  const { method = 'POST', path = '/' } = request;
  const targetGroupArn =
    'arn:aws:elasticloadbalancing:eu-central-1:123456789012:targetgroup/hookmint/0123456789abcdef';
  return {
    requestContext: { elb: { targetGroupArn } },
    httpMethod: method,
    path,
    queryStringParameters: {},
    ...headers,
    ...encode(request),
  };
}

/** Text stays text; all else, a form or a missing content type included, comes as base64. */
function encode({ headers, body }: LambdaRequest): { body: string; isBase64Encoded: boolean } {
  const bytes = Buffer.from(body);
  const isText = /^(text\/|application\/(json|xml|javascript)\s*(;|$))/i.test(
    valueOf(headers, 'content-type'),
  );
  return { body: bytes.toString(isText ? 'utf8' : 'base64'), isBase64Encoded: !isText };
}

/** What GitHub sent, and what the front door adds. */
function mapHeaders<V>(
  { headers }: LambdaRequest,
  toName: (name: string) => string,
  toValue: (value: string | readonly string[]) => V,
): Record<string, V> {
  const sent = { Host: HOST, ...headers, 'X-Forwarded-For': SOURCE_IP, 'X-Forwarded-Proto': 'https' };
  return Object.fromEntries(Object.entries(sent).map(([name, value]) => [toName(name), toValue(value)]));
}

const lower = (name: string): string => name.toLowerCase();
const same = (name: string): string => name;
const all = (value: string | readonly string[]): string[] => [value].flat();
const last = (value: string | readonly string[]): string => all(value).at(-1) ?? '';
const joined = (values: readonly string[]): string => values.join(',');
