import { readdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { describe, expect, inject, it } from 'vitest';
import { COMMON_FIELDS, FIELDS } from '../../lib/log/fields.ts';
import { LINES } from '../../lib/log/lines.ts';
import { toPlainFields } from '../../lib/log/plain-line.ts';
import { FAULTS } from '../../lib/reasons.ts';
import { HANDLER_LINE, MESSAGES } from '../../lib/log/messages.ts';

const SNAKE_CASE = /^[a-z]+(?:_[a-z]+)*$/;

describe('the catalogue of log lines', () => {
  it("has codes of one form, and none that a handler's lines have", () => {
    const codes: string[] = Object.keys(MESSAGES);
    expect(codes.filter((code) => !SNAKE_CASE.test(code))).toEqual([]);
    expect(codes).not.toContain(HANDLER_LINE);
  });

  it('has no message twice: the code is looked up by it', () => {
    const messages: string[] = Object.values(MESSAGES);
    expect(new Set(messages).size).toBe(messages.length);
  });

  it('has messages that stand in JSON as they are, and hold nothing to hide', () => {
    for (const [code, message] of Object.entries(MESSAGES))
      expect(toPlainFields({ code, message }, {})).toBe(`,"code":"${code}","message":"${message}"`);
  });

  it('describes no field that no line has, and none that stands on every line anyway', () => {
    const used = new Set<string>(Object.values(LINES).flatMap(({ fields }) => [...fields]));
    expect(Object.keys(FIELDS).filter((name) => !used.has(name))).toEqual([]);
    expect(Object.keys(COMMON_FIELDS).filter((name) => used.has(name))).toEqual([]);
  });

  it('costs the functions none of its texts for readers', () => {
    const folder = inject('functions');
    const modules = readdirSync(folder, { recursive: true, encoding: 'utf8' }).filter((file) =>
      file.endsWith('.mjs'),
    );
    expect(modules.length).toBeGreaterThan(3);
    const built = modules.map((file) => readFileSync(join(folder, file), 'utf8')).join('\n');
    const texts = [...Object.values(LINES), ...Object.values(FAULTS)].flatMap(({ meaning, todo }) => [
      meaning,
      todo,
    ]);
    expect(texts.filter((text) => text.length > 40 && built.includes(text))).toEqual([]);
  });
});
