import { expect, it } from 'vitest';
import { freezeAll } from '../../lib/json/freeze-all.ts';

it('lets nothing within be changed', () => {
  const json = freezeAll({ list: [{ deep: { value: 1 } }], none: null });
  expect(() => Object.assign(json.list[0]?.deep ?? {}, { value: 2 })).toThrow(TypeError);
  expect(() => json.list.push({ deep: { value: 3 } })).toThrow(TypeError);
  expect(json).toEqual({ list: [{ deep: { value: 1 } }], none: null });
});

it('goes as deep and as wide as JSON does', () => {
  const deep: unknown = JSON.parse(`${'['.repeat(100_000)}${']'.repeat(100_000)}`);
  expect(Object.isFrozen(freezeAll(deep))).toBe(true);
  const wide = freezeAll(Array.from({ length: 300_000 }, () => ({})));
  expect(Object.isFrozen(wide.at(-1))).toBe(true);
});
