/** What may become of a true answer on its way: the lies of the table. Pure. */
import type { HttpReply } from '../../local/http/server.ts';
import { parseJson, toObject, type JsonObject } from '../../lib/json/json.ts';
import type { Call } from './liars.ts';

/** What is answered in place of a true answer. */
export type Lie = (truth: HttpReply) => HttpReply;

/** What answers a call, and what is told of it. */
export interface Row {
  readonly call: Call;
  readonly name: string;
  readonly lie: Lie;
  readonly told: string;
}

/** The rows of one call, by what it is told. */
export function toRows(
  call: Call,
  lies: Readonly<Record<string, readonly [lie: Lie, told: string]>>,
): readonly Row[] {
  return Object.entries(lies).map(([name, [lie, told]]) => ({ call, name, lie, told }));
}

const PAGE = '<html><body>Please sign in</body></html>';

/** A proxy's page, with a status that says that all is well. */
export const page: Lie = () => ({ status: 200, headers: { 'content-type': 'text/html' }, body: PAGE });

/** The same with the status of the true answer. */
export const pageInstead: Lie = (truth) => ({ ...page(truth), status: truth.status });

export const nothing: Lie = (truth) => withBody(truth, '');

export const half: Lie = (truth) =>
  withBody(truth, (truth.body ?? '').slice(0, (truth.body ?? '').length / 2));

/** A JSON text in place of the body. */
export function text(body: string): Lie {
  return (truth) => withBody(truth, body);
}

/** Other fields in the object that the body is. */
export function fields(change: (body: JsonObject) => JsonObject): Lie {
  return (truth) => {
    const body = toObject(parseJson(truth.body ?? ''));
    return withBody(truth, JSON.stringify({ ...body, ...change(body) }));
  };
}

/** An answer of its own, in JSON. */
export function answer(code: number, body: unknown, headers: Readonly<Record<string, string>> = {}): Lie {
  return () => ({
    status: code,
    headers: { 'content-type': 'application/json', ...headers },
    body: JSON.stringify(body),
  });
}

/** The true answer, with another status. */
export function status(code: number): Lie {
  return (truth) => ({ ...truth, status: code });
}

export const elsewhere: Lie = () => ({
  status: 302,
  headers: { location: 'http://elsewhere.example/' },
  body: '',
});

/** A checksum is of the true body: without it nothing but the body says that it is another. */
function withBody({ status: code, headers = {} }: HttpReply, body: string): HttpReply {
  const { 'x-amz-crc32': _, ...rest } = headers;
  return { status: code, headers: rest, body };
}
