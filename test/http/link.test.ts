import { expect, it } from 'vitest';
import { findLinkQuery } from '../../lib/http/link.ts';

const LAST = '<https://api.github.com/x?page=9>; rel="last"';

it.each([
  { name: 'no header', header: null },
  { name: 'an empty header', header: '' },
  { name: 'only other links', header: LAST },
  { name: 'a relation that begins the same', header: '<https://api.github.com/x?page=2>; rel="nextish"' },
  { name: 'no address', header: 'rel="next"' },
])('finds nothing in $name', ({ header }) => {
  expect(findLinkQuery(header, 'next')).toBeUndefined();
});

it.each([
  { name: 'alone', header: '<https://api.github.com/x?page=2>; rel="next"' },
  { name: 'before another', header: `<https://api.github.com/x?page=2>; rel="next", ${LAST}` },
  { name: 'after another', header: `${LAST}, <https://api.github.com/x?page=2>; rel="next"` },
  { name: 'without quotes', header: '<https://api.github.com/x?page=2>;rel=next' },
  { name: 'after another parameter', header: '<https://api.github.com/x?page=2>; title="a"; rel="next"' },
  { name: 'with a comma in its address', header: '<https://api.github.com/x?a=1,2&page=2>; rel="next"' },
  { name: 'without a host', header: '</x?page=2>; rel="next"' },
])('finds the query of a link $name', ({ header }) => {
  expect(findLinkQuery(header, 'next')?.get('page')).toBe('2');
});

it('reads a cursor as it was meant', () => {
  const header = '<https://api.github.com/app/hook/deliveries?cursor=v1_a%2Bb%3D>; rel="next"';
  expect(findLinkQuery(header, 'next')?.get('cursor')).toBe('v1_a+b=');
});
