/** Every function that a test starts is searched for leaks when it is closed; here the search is tested. */
import { expect, it } from 'vitest';
import { findLeaks } from './leaks.ts';

it.each([
  { text: 'token ghs_16C7e42F292c6912E7710c838347Ae178B4a', found: ['a token'] },
  { text: 'ghs_1234567_eyJhbGciOiJSUzI1NiJ9.eyJleHAiOjF9.c2ln', found: ['a token', 'a JWT'] },
  { text: 'Bearer eyJhbGciOiJSUzI1NiIsInR5cCI6IkpXVCJ9', found: ['a JWT'] },
  { text: '-----BEGIN RSA PRIVATE KEY-----', found: ['a private key'] },
  { text: 'MIIEpAIBAAKCAQEA0123456789abcdef', found: ['a private key'] },
  { text: 'it is hunter2, really', found: ['a secret'] },
  { text: '{"message":"delivery","outcome":"handled"}', found: [] },
])('finds $found', ({ text, found }) => {
  expect(findLeaks(['a line', text], ['hunter2'])).toEqual(found);
});
