/**
 * A GitHub that answers at once: mints tokens, takes comments, and counts. A process of its own behind
 * TLS. It takes a mint with a JWT and a comment with a token that it minted; whatever else comes is
 * refused and counted, so that a contender that cheats is found.
 */
import { randomBytes, verify } from 'node:crypto';
import { createServer } from 'node:https';
import { toDetailText } from './large-payload.mjs';

/** Answers like those of the newer, stateless tokens: some 520 characters. */
const TOKEN_BYTES = 380;

/** A client's pool must not run dry while others are measured. */
const IDLE_MS = 600_000;

const MINT = /^(?:\/api\/v3)?\/app\/installations\/(\d+)\/access_tokens$/;
const COMMENT = /^(?:\/api\/v3)?\/repos\/[^/]+\/[^/]+\/issues\/(\d+)\/comments$/;
const LOGGED = /^(?:\/api\/v3)?\/app\/hook\/deliveries\/(\d+)$/;
const JWT = /^bearer ([\w-]+\.[\w-]+)\.([\w-]+)$/i;
const TOKEN = /^(?:bearer|token) (ghs_[\w-]+)$/i;

const { key, cert, publicKey } = await new Promise((resolve) => {
  process.once('message', (/** @type {any} */ settings) => resolve(settings));
});

/** @type {Set<string>} */
const tokens = new Set();
let strict = false;
let delayMs = 0;
let counts = startCounting();

const server = createServer({ key, cert, keepAliveTimeout: IDLE_MS });
server.on('secureConnection', () => (counts.connections += 1));
server.on('request', (request, response) => {
  /** @type {Buffer[]} */
  const chunks = [];
  request.on('data', (chunk) => chunks.push(chunk));
  request.on('end', () => {
    const { method = '', url = '', headers } = request;
    const { status, body } = answer(
      method,
      url,
      headers.authorization ?? '',
      Buffer.concat(chunks).toString(),
    );
    const text = typeof body === 'string' ? body : JSON.stringify(body);
    const head = {
      'content-type': 'application/json; charset=utf-8',
      'content-length': Buffer.byteLength(text),
      'x-github-media-type': 'github.v3; format=json',
      'x-ratelimit-limit': '5000',
      'x-ratelimit-remaining': '4999',
      'x-github-request-id': 'BENC:1234:5678:9ABC',
    };
    const send = () => void response.writeHead(status, head).end(text);
    if (delayMs === 0) send();
    else setTimeout(send, delayMs);
  });
});
server.listen(0, '127.0.0.1', () => {
  const address = server.address();
  process.send?.({ port: typeof address === 'object' ? address?.port : undefined });
});
process.on('disconnect', () => process.exit());

/** Gives what was counted since the last time, and begins anew. `strict`: from here on JWTs are verified, too. */
process.on('message', (/** @type {any} */ { id, strict: wanted = strict, delayMs: wantedMs = delayMs }) => {
  const { comments, ...rest } = counts;
  process.send?.({ id, ...rest, comments: comments.total, distinctComments: comments.seen.size });
  strict = wanted;
  delayMs = wantedMs;
  counts = startCounting();
});

function startCounting() {
  return { connections: 0, mints: 0, refused: 0, others: 0, comments: { total: 0, seen: new Set() } };
}

/**
 * @param {string} method
 * @param {string} url
 * @param {string} authorization
 * @param {string} text
 */
function answer(method, url, authorization, text) {
  if (method === 'POST' && MINT.test(url)) return mint(authorization, text);
  const [, issue] = (method === 'POST' && COMMENT.exec(url)) || [];
  if (issue !== undefined) return comment(authorization, text, issue);
  const [, logId] = (method === 'GET' && LOGGED.exec(url)) || [];
  if (logId !== undefined) return { status: 200, body: toDetailText(logId) };
  counts.others += 1;
  return { status: method === 'GET' || method === 'HEAD' ? 200 : 404, body: {} };
}

/**
 * @param {string} authorization
 * @param {string} text
 */
function mint(authorization, text) {
  const [, signed = '', signature = ''] = JWT.exec(authorization) ?? [];
  if (signed === '' || (strict && !isGenuine(signed, signature)))
    return refuse(401, 'A JSON web token could not be decoded');
  counts.mints += 1;
  const token = `ghs_${randomBytes(TOKEN_BYTES).toString('base64url')}`;
  tokens.add(token);
  const { permissions, repository_ids: ids } = text === '' ? {} : JSON.parse(text);
  const expiresAt = new Date(Date.now() + 3_600_000).toISOString().replace(/\.\d+/, '');
  const repositories = ids && { repositories: ids.map((/** @type {number} */ id) => ({ id })) };
  return {
    status: 201,
    body: {
      token,
      expires_at: expiresAt,
      permissions: permissions ?? { issues: 'write', metadata: 'read' },
      repository_selection: ids ? 'selected' : 'all',
      ...repositories,
    },
  };
}

/**
 * @param {string} signed
 * @param {string} signature
 */
function isGenuine(signed, signature) {
  const [header, payload] = signed
    .split('.')
    .map((part) => JSON.parse(Buffer.from(part, 'base64url').toString()));
  const now = Date.now() / 1000;
  return (
    header.alg === 'RS256' &&
    payload.iat <= now &&
    payload.exp > now &&
    payload.exp - now <= 600 &&
    verify('RSA-SHA256', Buffer.from(signed), publicKey, Buffer.from(signature, 'base64url'))
  );
}

/**
 * @param {string} authorization
 * @param {string} text
 * @param {string} issue
 */
function comment(authorization, text, issue) {
  const [, token = ''] = TOKEN.exec(authorization) ?? [];
  if (!tokens.has(token)) return refuse(401, 'Bad credentials');
  const { body } = JSON.parse(text);
  counts.comments.total += 1;
  counts.comments.seen.add(body);
  return {
    status: 201,
    body: {
      id: counts.comments.total,
      node_id: 'IC_kwDOABCDEF4AAAAA',
      html_url: `https://github.com/octo-org/widgets/issues/${issue}#issuecomment-1`,
      user: { login: 'bench[bot]', id: 1, type: 'Bot' },
      created_at: '2026-11-10T11:20:45Z',
      updated_at: '2026-11-10T11:20:45Z',
      author_association: 'NONE',
      body,
    },
  };
}

/**
 * @param {number} status
 * @param {string} message
 */
function refuse(status, message) {
  counts.refused += 1;
  return { status, body: { message, documentation_url: 'https://docs.github.com/rest' } };
}
