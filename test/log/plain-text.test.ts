import * as fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { cutText, toPlainJson, toPlainText } from '../../lib/log/plain-text.ts';
import { CHARACTER } from '../harness/character.ts';

describe('plain text', () => {
  it.each([
    { name: 'clears the screen', text: 'a\u001b[2Jb', plain: 'a·[2Jb' },
    { name: 'does so with one character', text: 'a\u009b2Jb', plain: 'a·2Jb' },
    { name: 'sets the title of the window', text: '\u001b]0;x\u0007', plain: '·]0;x·' },
    { name: 'goes back over what was written', text: 'a\rb\bc', plain: 'a·b·c' },
    { name: 'begins a line', text: 'a\nb\u0085c\u2028d\u2029e', plain: 'a·b·c·d·e' },
    { name: 'turns the direction', text: 'gpj\u202eexe.\u2066x\u2069\u200f\u061c', plain: 'gpj·exe.·x···' },
  ])('holds nothing that $name', ({ text, plain }) => {
    expect(toPlainText(text)).toBe(plain);
  });

  it.each(['Grüße', '日本語', 'שלום', '👩‍👩‍👧', 'a\u00a0b', '~'])('leaves %s as it is', (text) => {
    expect(toPlainText(text)).toBe(text);
  });

  it('as JSON means what it meant', () => {
    fc.assert(
      fc.property(fc.json(), fc.string({ unit: CHARACTER }), (json, text) => {
        const both = JSON.stringify([json, text]);
        const plain = toPlainJson(both);
        expect(JSON.parse(plain)).toEqual([json, text]);
        expect(toPlainText(plain)).toBe(plain);
      }),
      { numRuns: 200 },
    );
  });
});

describe('a cut text', () => {
  it.each([
    { text: 'abc', maxLength: 3, cut: 'abc' },
    { text: 'abcd', maxLength: 3, cut: 'abc' },
    { text: 'ab😀', maxLength: 3, cut: 'ab' },
    { text: 'ab😀', maxLength: 4, cut: 'ab😀' },
    { text: '😀', maxLength: 1, cut: '' },
    { text: 'ab', maxLength: 0, cut: '' },
  ])('of $text at $maxLength is $cut', ({ text, maxLength, cut }) => {
    expect(cutText(text, maxLength)).toBe(cut);
  });

  it('holds no half of a character', () => {
    fc.assert(
      fc.property(fc.string({ unit: 'grapheme' }), fc.nat(20), (text, maxLength) => {
        const cut = cutText(text, maxLength);
        expect(cut.isWellFormed()).toBe(true);
        expect(cut.length).toBeLessThanOrEqual(maxLength);
        expect(text.startsWith(cut)).toBe(true);
      }),
    );
  });
});
