import { describe, expect, it } from 'vitest';
import { inheritedTopic } from '../../src/topics/auto-creation.js';
import { plainTopic } from '../../src/topics/topic-config.js';

const templates = new Map([
  ['TBW102', plainTopic('TBW102', 8, 7)],
  ['Closed', plainTopic('Closed', 8, 6)],
  ['Multi', { ...plainTopic('Multi', 8, 5), topicFilterType: 'MULTI_TAG' as const }],
]);
const made = (
  more: { topic?: string; defaultTopic?: string; queues?: number; unitMode?: boolean; allowed?: boolean } = {},
) =>
  inheritedTopic(
    templates,
    {
      topic: more.topic ?? 'New',
      defaultTopic: more.defaultTopic ?? 'TBW102',
      defaultTopicQueueNums: more.queues ?? 4,
      unitMode: more.unitMode ?? false,
    },
    more.allowed ?? true,
  );

describe('a topic that a send asks for', () => {
  it('inherits from the template, with as many queues as both allow', () => {
    expect(made()).toEqual(plainTopic('New', 4));
    expect(made({ queues: 100 })).toEqual(plainTopic('New', 8));
    expect(made({ queues: -3 })).toEqual(plainTopic('New', 0));
    expect(made({ unitMode: true })?.topicSysFlag).toBe(1);
    expect(made({ defaultTopic: 'Multi' })).toMatchObject({ topicFilterType: 'MULTI_TAG', perm: 4 });
  });

  it('is not made without a template that lets inherit', () => {
    expect(made({ defaultTopic: 'Closed' })).toBeUndefined();
    expect(made({ defaultTopic: 'Missing' })).toBeUndefined();
    expect(made({ allowed: false })).toBeUndefined();
  });

  it('is made all the same when it is a retry topic', () => {
    expect(made({ topic: '%RETRY%CG', allowed: false })).toEqual(plainTopic('%RETRY%CG', 1));
    expect(made({ topic: '%RETRY%CG', defaultTopic: 'Missing', unitMode: true })?.topicSysFlag).toBe(2);
  });
});
