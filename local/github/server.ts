/**
 * Stands in for GitHub's REST API: a strict layer over `emulate`. The layer owns what decides whether hookmint is
 * right (JWTs, tokens, grants, look-ups, redirects, faults, the clock); emulate holds issues, comments, labels, pull
 * requests and check runs.
 */
import { randomUUID } from 'node:crypto';
import { setTimeout as sleep } from 'node:timers/promises';
import { type HttpOutcome, type HttpReply, type HttpRequest, listen } from '../http/server.ts';
import { isObject, parseJson } from '../../lib/json/json.ts';
import { answerApp, isAppPath } from './app-endpoints.ts';
import { checkAppJwt, missingAppJwt } from './app-jwt-rules.ts';
import { type PresentedCredential, readCredential, sha256 } from './credentials.ts';
import { createControls } from './controls.ts';
import { createFaults } from './faults.ts';
import { createManifestPages } from './manifest-pages.ts';
import { notFound, type Reply, refuse, reply } from './replies.ts';
import { answerResource } from './resources.ts';
import { answerToken, openSession } from './token-endpoints.ts';
import type { GitHub, GitHubOptions, RecordedCall } from './types.ts';
import { createWorld, type World } from './world.ts';

/** Source: GitHub docs, "API Versions". */
const API_VERSIONS = ['2022-11-28', '2026-03-10'];

export async function createGitHub(options: GitHubOptions): Promise<GitHub> {
  const clock = options.now ?? Date.now;
  let advancedMs = 0;
  const now = (): number => clock() + advancedMs;

  const faults = createFaults();
  const pages = createManifestPages();
  const calls: RecordedCall[] = [];
  const server = await listen(answer, options.port);
  const world = await makeWorld().catch(async (error: unknown) => {
    await server.close();
    throw error;
  });

  async function makeWorld(): Promise<World> {
    return createWorld(options, server.url, now);
  }

  async function answer(request: HttpRequest): Promise<HttpOutcome> {
    const credential = readCredential(request.headers.authorization);
    const call: { -readonly [Field in keyof RecordedCall]: RecordedCall[Field] } = {
      ...toCall(request, credential, new Date(now())),
      status: 0,
    };
    calls.push(call);
    const fault = faults.take(request.method, request.path);
    if (fault && 'reset' in fault) return 'reset';
    if (fault && 'silence' in fault) return 'silence';
    if (fault && 'delayMs' in fault) await sleep(fault.delayMs);
    if (fault && 'heldUntil' in fault) await fault.heldUntil;
    const answered =
      fault && 'status' in fault
        ? reply(fault.status, fault.body, fault.headers)
        : (pages.answer(request, world) ??
          tellKnown(await respond(request, credential, world), credential, world));
    if (fault && 'resetAfter' in fault) return 'reset';
    call.status = answered.status;
    const body = toShownAnswer(answered);
    if (body !== undefined) call.responseBody = body;
    return toHttp(answered, { request, requestId: call.requestId }, now());
  }

  return {
    url: server.url,
    calls,
    faults,
    ...createControls(world),
    advance(ms) {
      advancedMs += ms;
    },
    async close() {
      await server.close();
      await world.state.close();
    },
  };
}

/**
 * Here a token is known at once, unless a test ordered a lag: a refusal is no replica's that has not heard of it. The
 * header says so to the client, which then does not try again.
 */
function tellKnown(answered: Reply, { kind }: PresentedCredential, { tokens }: World): Reply {
  if (kind !== 'token' || answered.status < 400 || tokens.isLagging()) return answered;
  return { ...answered, headers: { ...answered.headers, 'x-token-known': 'true' } };
}

/** In GitHub's order: manners, then the App by JWT, then everybody else. */
async function respond(asked: HttpRequest, credential: PresentedCredential, world: World): Promise<Reply> {
  const refusal = checkManners(asked);
  if (refusal) return refusal;
  const request = resolveId(asked, world);
  if (!request) return notFound();

  if (isAppPath(request.path)) {
    if (credential.kind !== 'jwt' || credential.scheme !== 'bearer') return missingAppJwt();
    const app = { ...world.app, publicKeys: world.keys };
    return checkAppJwt(credential.text, app, Math.floor(world.now() / 1000)) ?? answerApp(request, world);
  }
  if (credential.kind === 'none') {
    return isAboutToken(request)
      ? refuse(401, 'Requires authentication')
      : answerResource(request, undefined, world);
  }
  const session = openSession(credential, world);
  if ('status' in session) return session;
  if (credential.kind === 'token' && request.method === 'DELETE' && request.path === '/installation/token') {
    world.tokens.revoke(credential.text);
    return reply(204);
  }
  return answerToken(request, session, world) ?? answerResource(request, session, world);
}

/** What GitHub refuses before it looks at anything else. */
function checkManners({ headers, path }: HttpRequest): Reply | undefined {
  if (!headers['user-agent']) {
    return refuse(
      403,
      'Request forbidden by administrative rules. Please make sure your request has a User-Agent header',
    );
  }
  const version = headers['x-github-api-version'];
  if (version !== undefined && !API_VERSIONS.includes(String(version))) {
    return refuse(400, `"${String(version)}" is not a supported version of the API`);
  }
  // The root of a repository's contents is asked for in this way by Octokit.
  return path.length > 1 && path.endsWith('/') && !path.endsWith('/contents/') ? notFound() : undefined;
}

/** `/repositories/ID…` is `/repos/OWNER/NAME…`, and where redirects lead. */
function resolveId(request: HttpRequest, world: World): HttpRequest | undefined {
  const match = /^\/repositories\/(\d+)(\/.*)?$/.exec(request.path);
  if (!match) return request;
  const repository = world.repositories.withId(Number(match[1]));
  return repository && { ...request, path: `/repos/${repository.fullName}${match[2] ?? ''}` };
}

function isAboutToken({ path }: HttpRequest): boolean {
  return path.startsWith('/installation/');
}

function toCall(
  request: HttpRequest,
  credential: PresentedCredential,
  at: Date,
): Omit<RecordedCall, 'status'> {
  const { method, path, query, headers } = request;
  const requestBody = parseJson(request.body);
  return {
    method,
    path: query.size > 0 ? `${path}?${query.toString()}` : path,
    credential: credential.kind,
    ...(credential.kind === 'token' && { tokenSha256: sha256(credential.text) }),
    ...(headers['user-agent'] !== undefined && { userAgent: headers['user-agent'] }),
    at,
    requestId: randomUUID(),
    ...(requestBody !== undefined && { requestBody }),
  };
}

/** As it may be kept: a token is kept nowhere. */
function toShownAnswer({ body, text }: Reply): unknown {
  const answer = body ?? (text === undefined ? undefined : parseJson(text));
  if (!isObject(answer) || !('token' in answer)) return answer;
  return { ...answer, token: '[redacted]' };
}

interface Asked {
  readonly request: HttpRequest;
  readonly requestId: string;
}

function toHttp(
  { status, headers, body, text }: Reply,
  { request, requestId }: Asked,
  nowMs: number,
): HttpReply {
  const version = request.headers['x-github-api-version'] ?? API_VERSIONS[0];
  const content = text ?? (body === undefined ? undefined : JSON.stringify(body));
  return {
    status,
    headers: {
      date: new Date(nowMs).toUTCString(),
      'x-github-request-id': requestId,
      'x-github-api-version-selected': String(version),
      ...(content !== undefined && { 'content-type': 'application/json; charset=utf-8' }),
      ...headers,
    },
    ...(content !== undefined && { body: content }),
  };
}
