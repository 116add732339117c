import { expect, it } from 'vitest';
import { toCompany, toKeeping } from '../../lib/queue/company.ts';

it.each([
  { records: 1, company: 'none' },
  { records: 2, company: 'others' },
  { records: 10, company: 'others' },
])('a batch of $records has this company: $company', ({ records, company }) => {
  expect(toCompany(records)).toBe(company);
});

it.each([
  { company: 'others', handlers: 1, isReadBack: false, oneByOne: false, alone: false },
  { company: 'others', handlers: 2, isReadBack: false, oneByOne: false, alone: false },
  { company: 'none', handlers: 1, isReadBack: false, oneByOne: false, alone: true },
  { company: 'none', handlers: 2, isReadBack: false, oneByOne: false, alone: false },
  { company: 'none', handlers: 2, isReadBack: true, oneByOne: true, alone: true },
  { company: 'not even its own', handlers: 1, isReadBack: false, oneByOne: true, alone: true },
  { company: 'not even its own', handlers: 2, isReadBack: false, oneByOne: true, alone: true },
] as const)(
  'of $handlers handlers, company $company, read back: $isReadBack',
  ({ company, handlers, isReadBack, oneByOne, alone }) => {
    expect(toKeeping(company, handlers, isReadBack)).toEqual({ oneByOne, alone });
  },
);
