import { createPrivateKey } from 'node:crypto';
import { describe, expect, it } from 'vitest';
import { createAppJwtSource, type SignAppJwt, toAppJwtClaims } from '../../lib/github/app-jwt.ts';
import { createKeySigner } from '../../lib/github/key-signer.ts';
import { AS_CLIENT, AS_NUMBER } from './known-jwts.ts';
import { APP_ID, CLIENT_ID, NOW, PEM } from './scene.ts';

const key = createPrivateKey(PEM);

describe('the claims', () => {
  it.each([
    { appId: CLIENT_ID, iss: 'Iv23liHookmint' },
    { appId: 'Iv1.8a61f9b3a7aba766', iss: 'Iv1.8a61f9b3a7aba766' },
    { appId: '12ab', iss: '12ab' },
    { appId: String(APP_ID), iss: 4711 },
    { appId: '1', iss: 1 },
  ])('name the issuer $appId as GitHub reads it: a number only where all are digits', ({ appId, iss }) => {
    expect(toAppJwtClaims(appId, 1_794_225_600)).toEqual({ iat: 1_794_225_540, exp: 1_794_226_140, iss });
  });

  it('hold whole seconds, a minute back and nine ahead', () => {
    expect(toAppJwtClaims('1', 1_700_000_000.999)).toEqual({
      iat: 1_699_999_940,
      exp: 1_700_000_540,
      iss: 1,
    });
  });
});

describe('the JWT', () => {
  it.each([
    { name: 'a client id', appId: CLIENT_ID, jwt: AS_CLIENT },
    { name: 'a number', appId: '4711', jwt: AS_NUMBER },
  ])('of $name is the one that openssl signs', async ({ appId, jwt }) => {
    const source = createAppJwtSource(appId, () => 1_794_225_600_000);
    await expect(source.issue(createKeySigner(key))).resolves.toBe(jwt);
  });
});

function scene() {
  const clock = { ms: NOW };
  const signed: { iat: number; exp: number }[] = [];
  const sign: SignAppJwt = ({ iat, exp }) => {
    signed.push({ iat, exp });
    return Promise.resolve(`jwt-${signed.length}`);
  };
  return { clock, signed, sign, source: createAppJwtSource(CLIENT_ID, () => clock.ms) };
}

describe('a JWT is kept', () => {
  it('while it lives, and renewed with a minute to spare', async () => {
    const { clock, sign, source } = scene();
    await expect(source.issue(sign)).resolves.toBe('jwt-1');
    clock.ms += 479_999;
    await expect(source.issue(sign)).resolves.toBe('jwt-1');
    clock.ms += 1;
    await expect(source.issue(sign)).resolves.toBe('jwt-2');
    await expect(source.issue(sign)).resolves.toBe('jwt-2');
  });

  it('once for all who ask at the same time', async () => {
    const { signed, sign, source } = scene();
    await Promise.all(Array.from({ length: 50 }, () => source.issue(sign)));
    expect(signed).toHaveLength(1);
  });

  it('for its own key alone', async () => {
    const { sign, source } = scene();
    await source.issue(sign);
    await expect(source.issue(() => Promise.resolve('of another key'))).resolves.toBe('of another key');
  });

  it('only where signing worked', async () => {
    const { source } = scene();
    let fails = true;
    const sign: SignAppJwt = () =>
      fails ? Promise.reject(new Error('KMS is throttled')) : Promise.resolve('jwt');
    await expect(source.issue(sign)).rejects.toThrow('KMS is throttled');
    fails = false;
    await expect(source.issue(sign)).resolves.toBe('jwt');
  });

  it.each([
    { name: 'ahead of', github: '2026-11-22T12:20:00Z', iat: 1_795_349_940, exp: 1_795_350_540 },
    { name: 'behind', github: '2026-11-22T11:40:00Z', iat: 1_795_347_540, exp: 1_795_348_140 },
  ])("not past a correction: GitHub's clock is $name ours", async ({ github, iat, exp }) => {
    const { clock, signed, sign, source } = scene();
    await source.issue(sign);
    source.correctClock(new Date(github));
    await source.issue(sign);
    expect(signed.at(-1)).toEqual({ iat, exp });
    clock.ms += 5_000;
    expect(source.githubNow()).toBe(Date.parse(github) + 5_000);
  });

  it('by one offset, however many calls found it', async () => {
    const { clock, source } = scene();
    source.correctClock(new Date(NOW + 60_000));
    clock.ms += 1_000;
    source.correctClock(new Date(NOW + 61_000));
    expect(source.githubNow()).toBe(NOW + 61_000);
  });
});
