import * as fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { createAppKey } from '../../local/github/app-key.ts';
import { redact, redactCredentials } from '../../lib/log/redact.ts';

/** Shapes as GitHub gives them; the contents are made up. */
const CLASSIC = 'ghs_16C7e42F292c6912E7710c838347Ae178B4a';
const STATELESS =
  'ghs_31415_eyJhbGciOiJFUzI1NiIsInR5cCI6IkpXVCJ9.eyJpc3MiOiJnaXRodWIiLCJ4IjoiX18tLSJ9-a_b.c2lnbmF0dXJl-Xy_z-';
const JWT =
  'eyJhbGciOiJSUzI1NiIsInR5cCI6IkpXVCJ9.eyJpYXQiOjE3OTUzNDg3NDAsImV4cCI6MTc5NTM0OTM0MCwiaXNzIjozMTQxNX0.c2ln_nat-ure';
const { privateKeyPem } = createAppKey();

describe('takes out', () => {
  it.each([
    { name: 'a classic token', secret: CLASSIC },
    { name: 'a stateless token', secret: STATELESS },
    { name: "a person's token", secret: 'ghp_16C7e42F292c6912E7710c838347Ae178B4a' },
    { name: 'a fine-grained token', secret: `github_pat_11AAAAAAA0${'aB3'.repeat(24)}` },
    { name: 'a refresh token', secret: `ghr_${'1B4a2e77838347a7E420ce178F2E7c6912E16924'.repeat(2)}` },
    { name: 'a JWT', secret: JWT },
    { name: 'a PEM', secret: privateKeyPem },
    { name: 'a PEM on one line', secret: privateKeyPem.replaceAll('\n', ' ') },
    { name: 'a PEM with line breaks spelt out', secret: privateKeyPem.replaceAll('\n', String.raw`\n`) },
    { name: 'a PEM without its end', secret: privateKeyPem.slice(0, 900) },
  ])('$name, wherever it stands', ({ secret }) => {
    const parts = secret.split(/[.\s]/).filter((part) => part.length > 20);
    const texts = [
      secret,
      `a ${secret} b`,
      `x=${secret}&y`,
      `"${secret}"`,
      `https://x:${secret}@h/`,
      `${secret}${secret}`,
    ];
    for (const text of texts) {
      const clean = redact(text);
      expect(clean).not.toContain(secret);
      for (const part of parts) expect(clean).not.toContain(part);
      expect(clean).toContain('[redacted]');
    }
  });

  it.each([
    { name: 'Bearer', text: 'authorization: Bearer abcdef0123456789abcdef' },
    { name: 'token', text: 'Authorization: token abcdef0123456789abcdef' },
    { name: 'basic', text: 'BASIC eC1hY2Nlc3MtdG9rZW46Z2hzX2FiYw==' },
  ])('what follows $name', ({ text }) => {
    expect(redact(text)).toContain('[redacted]');
    expect(redact(text)).not.toMatch(/abcdef0123|eC1hY2/);
  });

  it('an opaque token that is known by its value', () => {
    const opaque = 'v3~Zm9v/YmFy+x';
    expect(redact(`the token is ${opaque}, twice ${opaque}`, [opaque])).toBe(
      'the token is [redacted], twice [redacted]',
    );
  });

  it('a known value that regular expressions and replacements would take amiss', () => {
    expect(redact('a $& $1 (.*) b', ['$& $1 (.*)'])).toBe('a [redacted] b');
  });

  it('nothing for a known value that is empty', () => {
    expect(redact('plain', [''])).toBe('plain');
  });

  it('any token of 36 characters or more, of any alphabet that GitHub uses', () => {
    fc.assert(
      fc.property(
        fc.constantFrom('ghs_', 'ghp_', 'gho_', 'ghu_', 'ghr_'),
        fc.stringMatching(/^[A-Za-z0-9._-]{36,600}$/),
        (prefix, rest) => {
          expect(redact(`< ${prefix}${rest} >`)).toBe('< [redacted] >');
        },
      ),
    );
  });

  it('JSON, which may be a payload', () => {
    const payload = { action: 'opened', issue: { title: 'marker' } };
    for (const text of [JSON.stringify(payload), JSON.stringify(payload, null, 2)]) {
      expect(redact(`cannot read ${text} at all`)).toBe('cannot read [json]');
    }
    expect(redact(JSON.stringify([[payload]]))).not.toContain('marker');
  });

  it('JSON within JSON', () => {
    const text = JSON.stringify(JSON.stringify({ action: 'opened', issue: { title: 'marker' } }));
    expect(redact(text)).not.toContain('marker');
  });
});

describe('leaves', () => {
  it.each([
    'The handler threw.',
    'labels size/XS and size/S; issue #347 of octo-org/hello-world',
    'sha 9e518bab52dd49be0a3cab84bf12fed8157f4905',
    'the token expires at 2026-11-22T13:00:00Z',
    'ghs_short',
    'a {braces} [brackets] b',
  ])('%s', (text) => {
    expect(redact(text)).toBe(text);
  });
});

it('shows 1,000 characters at most', () => {
  expect(redact('x '.repeat(5_000))).toBe(`${'x '.repeat(500)}…`);
});

describe('takes no longer than its text is long', () => {
  it.each([
    '-----BEGIN A',
    '-----BEGIN A-----',
    '-----BEGIN A-----\n-----END ',
    'token ',
    'token-',
    'ghs_',
    '[ ',
    '{ ',
    '[\\',
    'github_pat_',
    'basic\t',
    'eyJ',
    'eyJabcd',
    'eyJabcd.',
    ' eyJabcd.eyJ',
  ])('for a comment full of %j', (part) => {
    const text = part.repeat(65_536 / part.length);
    // Time of the processor, which others on the machine take nothing from. Some 5 ms; quadratic, it is many seconds.
    const before = process.cpuUsage();
    redact(text);
    redactCredentials(text);
    const { user, system } = process.cpuUsage(before);
    expect((user + system) / 1_000).toBeLessThan(1_000);
  });
});
