import { describe, expect, it } from 'vitest';
import { mergeConsumers } from '../../src/decorators/merge-consumers.js';

const of = (name: string, consumer: Parameters<typeof mergeConsumers>[0][number]['consumer']) => ({ name, consumer });

describe('classes of one group', () => {
  it('become one consumer with what any of them says', () => {
    const merged = mergeConsumers([
      of('A', { group: 'g', topic: 'a', concurrency: 8 }),
      of('B', { group: 'g', topic: 'b', mode: 'orderly', concurrency: 8 }),
      of('C', { group: 'h' }),
    ]);
    expect(merged.map(({ options, classes }) => [options, classes.map(({ name }) => name)])).toEqual([
      [{ group: 'g', concurrency: 8, mode: 'orderly' }, ['A', 'B']],
      [{ group: 'h' }, ['C']],
    ]);
  });

  it.each([
    ['mode', { mode: 'orderly' }, { mode: 'concurrent' }, /A says "orderly", B says "concurrent"/],
    ['concurrency', { concurrency: 1 }, { concurrency: 2 }, /A says 1, B says 2/],
    ['prefetch', { prefetch: { messages: 1 } }, { prefetch: { bytes: 1 } }, /"messages":1.*"bytes":1/],
    ['consumeFrom', { consumeFrom: { timestamp: new Date(0) } }, { consumeFrom: { timestamp: new Date(1) } }, /1970/],
    ['allocate', { allocate: () => [] }, { allocate: () => [] }, /allocate/],
    ['autoStart', { autoStart: false }, { autoStart: true }, /A says false, B says true/],
  ] as const)('must agree about %s', (_option, a, b, message) => {
    const merge = () => mergeConsumers([of('A', { group: 'g', ...a }), of('B', { group: 'g', ...b })]);
    expect(merge).toThrow(message);
    expect(merge).toThrow(expect.objectContaining({ code: 'INVALID_ARGUMENT' }));
  });

  it('agree when they say the same in other words', () => {
    const timestamp = () => ({ consumeFrom: { timestamp: new Date(5) }, prefetch: { messages: 1, bytes: 2 } });
    expect(
      mergeConsumers([of('A', { group: 'g', ...timestamp() }), of('B', { group: 'g', ...timestamp() })]),
    ).toHaveLength(1);
    expect(mergeConsumers([of('A', { group: 'g' }), of('B', { group: 'g', autoStart: false })])[0]!.autoStart).toBe(
      false,
    );
  });
});
