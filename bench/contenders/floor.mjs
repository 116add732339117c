/** The least code that verifies, mints, caches and makes the call: what every comparison begins from. */
import { createHmac, createPrivateKey, sign, timingSafeEqual } from 'node:crypto';

const { APP_ID: appId = '', PRIVATE_KEY = '', WEBHOOK_SECRET = '' } = process.env;
const key = createPrivateKey(PRIVATE_KEY);

/** A token is not used in its last minutes. */
const MARGIN_MS = 5 * 60_000;

/** @typedef {(path: string, authorization: string, body: object) => Promise<any>} Post */

/** @param {Post} post */
export function createFloor(post) {
  /** @type {Map<number, Promise<{ token: string, expiresAtMs: number }>>} */
  const tokens = new Map();

  /** @param {number} installationId */
  async function getToken(installationId) {
    const { token, expiresAtMs } = await (tokens.get(installationId) ?? mintAndKeep(installationId));
    if (expiresAtMs - MARGIN_MS > Date.now()) return token;
    return (await mintAndKeep(installationId)).token;
  }

  /** @param {number} installationId */
  function mintAndKeep(installationId) {
    const minting = mint(installationId);
    tokens.set(installationId, minting);
    minting.catch(() => tokens.delete(installationId));
    return minting;
  }

  /** @param {number} installationId */
  async function mint(installationId) {
    const path = `/app/installations/${installationId}/access_tokens`;
    const { token, expires_at: expiresAt } = await post(path, `Bearer ${createJwt()}`, {
      permissions: { issues: 'write' },
    });
    return { token, expiresAtMs: Date.parse(expiresAt) };
  }

  /** @param {any} event */
  return async function handler({ headers, body, isBase64Encoded }) {
    const bytes = isBase64Encoded ? Buffer.from(body, 'base64') : body;
    if (!isSigned(bytes, headers['x-hub-signature-256'])) return { statusCode: 401 };
    if (headers['x-github-event'] !== 'issues') return { statusCode: 202 };
    const payload = JSON.parse(bytes);
    if (payload.action !== 'opened') return { statusCode: 202 };
    const token = await getToken(payload.installation.id);
    const { full_name: repository } = payload.repository;
    await post(`/repos/${repository}/issues/${payload.issue.number}/comments`, `Bearer ${token}`, {
      body: `Noted: ${headers['x-github-delivery']}`,
    });
    return { statusCode: 200 };
  };
}

/**
 * @param {import('node:crypto').BinaryLike} body
 * @param {string} signature
 */
function isSigned(body, signature = '') {
  const expected = Buffer.from(`sha256=${createHmac('sha256', WEBHOOK_SECRET).update(body).digest('hex')}`);
  const given = Buffer.from(signature);
  return given.length === expected.length && timingSafeEqual(given, expected);
}

export function createJwt() {
  const nowSeconds = Math.floor(Date.now() / 1000);
  const claims = { iat: nowSeconds - 60, exp: nowSeconds + 540, iss: appId };
  const signed = `${encode({ alg: 'RS256', typ: 'JWT' })}.${encode(claims)}`;
  return `${signed}.${sign('RSA-SHA256', Buffer.from(signed), key).toString('base64url')}`;
}

/** @param {object} part */
function encode(part) {
  return Buffer.from(JSON.stringify(part)).toString('base64url');
}
