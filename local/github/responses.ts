/**
 * Answers that somebody wrote for routes: `responses` and `graphql` of `world.json`, `respond` of a test. They go before
 * what the stand-in would answer by itself, and after its judgement of token and permission.
 */
import type { HttpRequest } from '../http/server.ts';
import { isObject, parseJson, readText } from '../../lib/json/json.ts';
import { type Reply, reply } from './replies.ts';
import { createRouteTable } from './routes.ts';
import type { FullResponse, GraphqlAnswers, RespondRequest, Responses, ResponseSpec } from './types.ts';

export interface WrittenAnswers {
  /** The answer that was written for this request; `undefined` where none was. */
  find(request: HttpRequest): Promise<Reply | undefined>;
  /** These are all there are from now on. @throws Error where a key is no route. */
  replace(responses?: Responses, graphql?: GraphqlAnswers): void;
}

/** @throws Error where a key is no route. */
export function createWrittenAnswers(
  responses: Responses = {},
  graphql: GraphqlAnswers = {},
): WrittenAnswers {
  let table = createRouteTable(Object.entries(responses));
  let operations = graphql;
  return {
    replace(others = {}, otherGraphql = {}) {
      table = createRouteTable(Object.entries(others));
      operations = otherGraphql;
    },
    async find(request) {
      const found = table.find(request.method, request.path);
      const spec = found && (await toSpec(found.value, toRespondRequest(request, found.params)));
      if (spec !== undefined) return toReply(spec);
      const isGraphql = request.method === 'POST' && request.path === '/graphql';
      const operation = isGraphql ? findOperation(request.body) : undefined;
      const answer = operation === undefined ? undefined : operations[operation];
      return answer === undefined ? undefined : toReply(answer);
    },
  };
}

/**
 * The name of the operation that a GraphQL request asks for, also where the query alone has it.
 *
 * @param body As sent.
 */
export function findOperation(body: string): string | undefined {
  const request = parseJson(body);
  const named = readText(request, 'operationName');
  return named ?? /\b(?:query|mutation)\s+(\w+)/.exec(readText(request, 'query') ?? '')?.[1];
}

async function toSpec(
  spec: ResponseSpec,
  request: RespondRequest,
): Promise<Exclude<ResponseSpec, Function> | undefined> {
  return typeof spec === 'function' ? spec(request) : spec;
}

function toRespondRequest(
  { method, path, query, headers, body }: HttpRequest,
  params: Readonly<Record<string, string>>,
): RespondRequest {
  const { authorization: _, ...shown } = headers;
  return { method, path, params, query: Object.fromEntries(query), headers: shown, body: parseJson(body) };
}

function toReply(spec: unknown): Reply {
  if (!isFullResponse(spec)) return reply(200, spec);
  return reply(spec.status, spec.body, spec.headers);
}

/** A whole answer says its status, and nothing but status, headers and body; all else is a body. */
function isFullResponse(spec: unknown): spec is FullResponse {
  return (
    isObject(spec) &&
    typeof spec['status'] === 'number' &&
    Object.keys(spec).every((key) => ['status', 'headers', 'body'].includes(key))
  );
}
