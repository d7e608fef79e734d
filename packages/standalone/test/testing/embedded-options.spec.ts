import { describe, expect, it } from 'vitest';
import { brokerTexts, resolveOptions } from '../../src/testing/embedded-options.js';

describe('options of the embedded server', () => {
  it('have defaults, also where undefined is given', () => {
    expect(resolveOptions({ brokers: undefined as unknown as number })).toMatchObject({
      brokers: 1,
      transport: 'memory',
      store: 'memory',
      time: 'virtual',
      autoCreateTopics: true,
      queues: 4,
      seed: 1,
    });
  });

  it('become keys of the broker, and the user’s keys win', () => {
    const texts = brokerTexts(
      resolveOptions({ queues: 2, retryDelaysMs: [1000, 60_000], brokerProperties: { maxMessageSize: '5' } }),
    );
    expect(texts).toMatchObject({
      defaultTopicQueueNums: '2',
      // Retries begin with the third level.
      messageDelayLevel: '1s 5s 1s 60s',
      maxMessageSize: '5',
    });
    const own = brokerTexts(resolveOptions({ retryDelaysMs: [1000], brokerProperties: { messageDelayLevel: '7s' } }));
    expect(own['messageDelayLevel']).toBe('7s');
  });

  it('leave a real directory the sizes and flushes of a real broker', () => {
    const texts = brokerTexts(resolveOptions({ store: { dir: '/somewhere' } }));
    expect(texts).not.toHaveProperty('mappedFileSizeCommitLog');
    expect(texts).not.toHaveProperty('flushIntervalCommitLog');
  });
});
