/** AES key wrap with padding, against published answers, both ways. */
import { createDecipheriv } from 'node:crypto';
import { describe, expect, it } from 'vitest';
import { padAndWrap } from '../../cli/key/wrap-key.ts';

const RFC_KEY = '5840df6e29b02af1ab493b705bf16ea1ae8338f4dcc176a8';

/** Of RFC 5649, section 6, and of C2SP's Wycheproof, `aes_kwp_test.json`, by their numbers there. */
const KNOWN = [
  {
    source: 'RFC 5649: 20 octets',
    key: RFC_KEY,
    material: 'c37b7e6492584340bed12207808941155068f738',
    wrapped: '138bdeaa9b8fa7fc61f97742e72248ee5ae6ae5360d1ae6a5f54f373fa543b6a',
  },
  {
    source: 'RFC 5649: 7 octets',
    key: RFC_KEY,
    material: '466f7250617369',
    wrapped: 'afbeb0f07dfbf5419200f2ccb50bb24f',
  },
  {
    source: 'Wycheproof 161: 256 bits, 16 octets',
    key: 'fce0429c610658ef8e7cfb0154c51de2239a8a317f5af5b6714f985fb5c4d75c',
    material: '287326b5ed0078e7ca0164d748f667e7',
    wrapped: 'e3eab96d9a2fda12f9e252053aff15e753e5ea6f5172c92b',
  },
  {
    source: 'Wycheproof 167: 256 bits, 32 octets',
    key: '38e1b1d075d9d852b9a6c01c8ff6965af01bac457a4e339ae3e1d7b2ffacc0cd',
    material: '80ad6820f1c90981e2ca42b817a345c1179d0a11d8e23a8adc0505e13d87295a',
    wrapped: 'b63b7e0fec7e315816233db6758fd3e744b9f6a40862bdf866487e53bcb950d8b2649269e51b4475',
  },
  {
    source: 'Wycheproof 179: 256 bits, 9 octets',
    key: '1abf4b7fa2bb62a78f09ddab04625dcacdd9e551d1a69b6b162baa53d2700093',
    material: '1723eb9d000916996a',
    wrapped: 'db7e73da22219e1baac0f4e955c3db2b900b5d3078f94b59',
  },
  {
    source: 'Wycheproof 171: 256 bits, one octet',
    key: '1abf4b7fa2bb62a78f09ddab04625dcacdd9e551d1a69b6b162baa53d2700093',
    material: 'ae',
    wrapped: '06c1e65ac0f385b4e8c400d229f39422',
  },
];

describe('AES key wrap with padding', () => {
  it.each(KNOWN)('wraps as published: $source', ({ key, material, wrapped }) => {
    expect(padAndWrap(Buffer.from(key, 'hex'), Buffer.from(material, 'hex')).toString('hex')).toBe(wrapped);
  });

  it.each([
    { number: 186, wrapped: '98428fb83dc207033c1585e0242e699be98e0001f1ee15ba' },
    { number: 187, wrapped: '60107f4c60c04c987c7c5810130303bd83fbc35d924f4482' },
    { number: 190, wrapped: '7cc6af073f8d21e26713222ba609c91b69fc5faee9870eb7' },
  ])('is refused with another initial value: Wycheproof $number', ({ wrapped }) => {
    const key = Buffer.from('4f710eb6b5e28703becfc3dc52fa8bc1dd44a4a6d38a84b4f94e89ac32d987e7', 'hex');
    const decipher = createDecipheriv('id-aes256-wrap-pad', key, Buffer.from('a65959a6', 'hex'));
    expect(() => decipher.update(Buffer.from(wrapped, 'hex'))).toThrow(
      'Trying to add data in unsupported state',
    );
  });
});
