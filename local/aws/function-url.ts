/**
 * Stands in for a Lambda function URL: HTTP requests become events (payload 2.0), and what the
 * function returns becomes the answer. Knows nothing of deliveries.
 *
 * @see AWS docs, "Invoking Lambda function URLs": request and response payload
 */
import type { LambdaFunctionURLEvent } from 'aws-lambda';
import { isUtf8 } from 'node:buffer';
import { randomUUID } from 'node:crypto';
import { createServer, type IncomingMessage, type ServerResponse } from 'node:http';
import { isObject, toObject } from '../../lib/json/json.ts';
import { closeServer, listenOnLoopback, readBody, toUrl } from '../http/loopback.ts';

export interface FrontDoor {
  /** `http://127.0.0.1:PORT`, without a trailing slash. */
  readonly url: string;
  readonly port: number;
  /** Puts the function behind the door; whoever came before has waited for it. */
  serve(invoke: Invoke): void;
  /** Cuts what is still open. */
  close(): Promise<void>;
}

/** The function. Where it throws, the answer is a 502, as AWS gives it. */
type Invoke = (event: LambdaFunctionURLEvent) => Promise<unknown>;

interface HttpAnswer {
  readonly status: number;
  readonly headers: Readonly<Record<string, string>>;
  readonly body: Buffer | string;
}

/** What a synchronous invocation takes, the body as text or base64. Source: AWS docs, "Lambda quotas". */
export const MAX_BODY_BYTES = 6 * 1024 * 1024;

/**
 * Listens on 127.0.0.1 only.
 *
 * @param port 0 for any free one.
 * @throws Error with `code` EADDRINUSE and the like.
 */
export async function openFrontDoor(port: number): Promise<FrontDoor> {
  let open: ((invoke: Invoke) => void) | undefined;
  const serving = new Promise<Invoke>((resolve) => {
    open = resolve;
  });
  const server = createServer((incoming, outgoing) => {
    void exchange(incoming, outgoing);
  });

  async function exchange(incoming: IncomingMessage, outgoing: ServerResponse): Promise<void> {
    const { status, headers, body } = await answer(incoming).catch(() =>
      refuse(502, 'Internal Server Error'),
    );
    try {
      outgoing.writeHead(status, { 'content-length': Buffer.byteLength(body), ...headers }).end(body);
    } catch {
      outgoing.destroy(); // a status or header that HTTP has no room for
    }
  }

  async function answer(incoming: IncomingMessage): Promise<HttpAnswer> {
    const body = await readBody(incoming, MAX_BODY_BYTES);
    const event = body && toFunctionUrlEvent(incoming, body, new Date());
    if (event === undefined || (event.body?.length ?? 0) > MAX_BODY_BYTES) {
      return refuse(413, 'Request Entity Too Large');
    }
    const invoke = await serving;
    return toHttpAnswer(await invoke(event));
  }

  await listenOnLoopback(server, port);
  const url = toUrl(server);
  return {
    url,
    port: Number(new URL(url).port),
    serve: (invoke) => open?.(invoke),
    close: () => closeServer(server),
  };
}

function toFunctionUrlEvent(incoming: IncomingMessage, body: Buffer, at: Date): LambdaFunctionURLEvent {
  const { method = 'GET', url = '/', headersDistinct, httpVersion, socket } = incoming;
  const [path, query = ''] = splitOnce(url, '?');
  const headers = Object.fromEntries(
    Object.entries(headersDistinct).map(([name, values = []]) => [name, values.join(',')]),
  );
  const host = headers['host'] ?? '';
  return {
    version: '2.0',
    routeKey: '$default',
    rawPath: path,
    rawQueryString: query,
    headers,
    requestContext: {
      accountId: 'anonymous',
      apiId: 'local',
      domainName: host,
      domainPrefix: 'local',
      http: {
        method,
        path,
        protocol: `HTTP/${httpVersion}`,
        sourceIp: socket.remoteAddress ?? '127.0.0.1',
        userAgent: headers['user-agent'] ?? '',
      },
      requestId: randomUUID(),
      routeKey: '$default',
      stage: '$default',
      time: at.toUTCString(),
      timeEpoch: at.getTime(),
    },
    ...encode(body, headers['content-type']),
  };
}

/**
 * Text stays text, everything else comes as base64: a form, and a body without a content type.
 * Bytes that are not UTF-8 do too, so that none is lost.
 */
function encode(body: Buffer, contentType = ''): Pick<LambdaFunctionURLEvent, 'body' | 'isBase64Encoded'> {
  if (body.length === 0) return { isBase64Encoded: false };
  const announced = /^(text\/|application\/(json|xml|javascript)\s*(;|$))/i.test(contentType.trim());
  const isText = announced && isUtf8(body);
  return { body: body.toString(isText ? 'utf8' : 'base64'), isBase64Encoded: !isText };
}

/** A result without a status is a body of its own: AWS sends it as JSON with 200. */
function toHttpAnswer(result: unknown): HttpAnswer {
  const { statusCode, headers, body, isBase64Encoded } = toObject(result);
  if (typeof statusCode !== 'number') {
    const text = typeof result === 'string' ? result : (JSON.stringify(result) ?? '');
    return { status: 200, headers: { 'content-type': 'application/json' }, body: text };
  }
  const text = typeof body === 'string' ? body : '';
  return {
    status: statusCode,
    headers: isObject(headers) ? toHeaders(headers) : {},
    body: isBase64Encoded === true ? Buffer.from(text, 'base64') : text,
  };
}

function toHeaders(headers: Readonly<Record<string, unknown>>): Record<string, string> {
  return Object.fromEntries(Object.entries(headers).map(([name, value]) => [name, String(value)]));
}

function refuse(status: number, message: string): HttpAnswer {
  const body = JSON.stringify({ Message: message });
  return { status, headers: { 'content-type': 'application/json' }, body };
}

function splitOnce(text: string, separator: string): readonly [string, string?] {
  const at = text.indexOf(separator);
  return at === -1 ? [text] : [text.slice(0, at), text.slice(at + separator.length)];
}
