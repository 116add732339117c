import { expect, it } from 'vitest';
import { createGatherer } from '../../lib/http/gather.ts';

const MAX_BYTES = 32 * 1024 * 1024;

it('a large answer is freed from a block so large that glibc goes on giving memory back', () => {
  const gatherer = createGatherer(1_000_000, MAX_BYTES);
  gatherer.add(Buffer.alloc(600_000, 'a'));
  gatherer.add(Buffer.alloc(400_000, 'b'));
  const bytes = gatherer.take();
  expect(bytes.buffer.byteLength).toBeGreaterThan(33_554_432); // M_MMAP_THRESHOLD's maximum, mallopt(3)
  expect(bytes.byteLength).toBe(1_000_000);
  expect([bytes[0], bytes[599_999], bytes[600_000], bytes[999_999]]).toEqual([97, 97, 98, 98]);
});

it.each([999_999, 33_554_433, 'chunked'])(
  'no such room is made for an answer that announces %s',
  (announced) => {
    const gatherer = createGatherer(announced, MAX_BYTES);
    gatherer.add(Buffer.from('fi'));
    gatherer.add(Buffer.from('ne'));
    const bytes = gatherer.take();
    expect(bytes.toString()).toBe('fine');
    expect(bytes.buffer.byteLength).toBeLessThan(1_000_000);
  },
);
