/** Our verifier beside that of `@octokit/webhooks`: they agree on every published vector, good and spoilt. */
import { createRequire } from 'node:module';
import { createHmac } from 'node:crypto';
import { Webhooks } from '@octokit/webhooks';
import { describe, expect, it } from 'vitest';
import { parseSignature, verifySignature } from '../../lib/webhook/verify.ts';

/** Known answer published by GitHub, "Validating webhook deliveries". */
const SECRET = "It's a Secret to Everybody";
const HELLO = {
  body: 'Hello, World!',
  signature: 'sha256=757107ea0eb2509fc211221cce984b8a37570b6d7586c22c46f4379c8b043e17',
};

/** Every payload of `@octokit/webhooks-examples`, signed as GitHub signs: HMAC-SHA-256 over the bytes. */
const EXAMPLES = (
  createRequire(import.meta.url)('@octokit/webhooks-examples') as readonly {
    readonly examples: readonly object[];
  }[]
)
  .flatMap(({ examples }) => examples.map((payload) => JSON.stringify(payload)))
  .map((body) => ({
    body,
    signature: `sha256=${createHmac('sha256', SECRET).update(body).digest('hex')}`,
  }));

const octokit = new Webhooks({ secret: SECRET });

function judge(body: string, header: string): boolean {
  const signature = parseSignature(header);
  return signature !== undefined && verifySignature(Buffer.from(body), signature, [SECRET]);
}

/** It throws where there is nothing to compare. */
async function judgeByOctokit(body: string, header: string): Promise<boolean> {
  return octokit.verify(body, header).catch(() => false);
}

describe('the same verdict as @octokit/webhooks', () => {
  it("on GitHub's own example: good", async () => {
    expect(judge(HELLO.body, HELLO.signature)).toBe(true);
    await expect(judgeByOctokit(HELLO.body, HELLO.signature)).resolves.toBe(true);
  });

  it('on every example payload: good', async () => {
    expect(EXAMPLES).toHaveLength(329);
    for (const { body, signature } of EXAMPLES) {
      expect(judge(body, signature)).toBe(true);
      expect(await judgeByOctokit(body, signature)).toBe(true);
    }
  });

  it.each([
    { name: 'without a header', spoil: () => '' },
    {
      name: 'by one digit',
      spoil: (good: string) => good.replace(/.$/, (last) => (last === '0' ? '1' : '0')),
    },
    { name: 'cut by one digit', spoil: (good: string) => good.slice(0, -1) },
    { name: 'with a digit more', spoil: (good: string) => `${good}0` },
    { name: 'in upper case', spoil: (good: string) => good.toUpperCase() },
    { name: 'without its prefix', spoil: (good: string) => good.slice(7) },
    { name: 'as SHA-1', spoil: (good: string) => good.replace('sha256', 'sha1') },
    { name: 'with a blank behind', spoil: (good: string) => `${good} ` },
    { name: 'twice', spoil: (good: string) => `${good},${good}` },
  ])('on a signature spoilt $name: refused', async ({ spoil }) => {
    for (const { body, signature } of [HELLO, ...EXAMPLES.slice(0, 20)]) {
      expect(judge(body, spoil(signature))).toBe(false);
      expect(await judgeByOctokit(body, spoil(signature))).toBe(false);
    }
  });

  it('on a body altered by one byte: refused', async () => {
    for (const { body, signature } of [HELLO, ...EXAMPLES]) {
      const altered = `${body} `;
      expect(judge(altered, signature)).toBe(false);
      expect(await judgeByOctokit(altered, signature)).toBe(false);
    }
  });
});
