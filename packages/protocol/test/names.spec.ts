import { describe, expect, it } from 'vitest';
import {
  dlqTopic,
  isClosedToClients,
  isDlqTopic,
  isLmqTopic,
  isRetryTopic,
  isSystemGroup,
  isSystemTopic,
  popRetryTopic,
  popRetryTopicV2,
  replyTopic,
  retryTopic,
  reviveTopic,
  syncBrokerMemberTopic,
  SystemTopic,
  validateGroup,
  validateTopic,
  withoutPrefix,
} from '../src/index.js';

describe('names made of others', () => {
  it('are those of Apache', () => {
    expect(retryTopic('CG')).toBe('%RETRY%CG');
    expect(dlqTopic('CG')).toBe('%DLQ%CG');
    expect(popRetryTopic('T', 'CG')).toBe('%RETRY%CG_T');
    expect(popRetryTopicV2('T', 'CG')).toBe('%RETRY%CG+T');
    expect(reviveTopic('DefaultCluster')).toBe('rmq_sys_REVIVE_LOG_DefaultCluster');
    expect(replyTopic('DefaultCluster')).toBe('DefaultCluster_REPLY_TOPIC');
    expect(syncBrokerMemberTopic('broker-a')).toBe('rmq_sys_SYNC_BROKER_MEMBER_broker-a');
  });

  it('give their group back', () => {
    expect(withoutPrefix('%RETRY%CG')).toBe('CG');
    expect(withoutPrefix('%DLQ%CG')).toBe('CG');
    expect(withoutPrefix('CG%RETRY%')).toBe('CG%RETRY%');
  });
});

describe('kinds of names', () => {
  it.each(['TBW102', 'SCHEDULE_TOPIC_XXXX', 'rmq_sys_wheel_timer', 'rmq_sys_anything', SystemTopic.TRACE])(
    '%s is a system topic',
    (topic) => {
      expect(isSystemTopic(topic)).toBe(true);
    },
  );

  it('takes other names for topics of users', () => {
    expect(isSystemTopic('RMQ_SYS_mine')).toBe(false);
    expect(isSystemTopic('%RETRY%CG')).toBe(false);
    expect(isRetryTopic('%RETRY%CG') && isDlqTopic('%DLQ%CG') && isLmqTopic('%LMQ%x')).toBe(true);
    expect(isRetryTopic('x%RETRY%CG')).toBe(false);
    expect(isSystemGroup('CID_RMQ_SYS_x') && isSystemGroup('TOOLS_CONSUMER')).toBe(true);
    expect(isSystemGroup('CG')).toBe(false);
  });

  it('closes to clients what only the broker writes', () => {
    expect(isClosedToClients('SCHEDULE_TOPIC_XXXX')).toBe(true);
    expect(isClosedToClients('TBW102')).toBe(false);
    expect(isClosedToClients('RMQ_SYS_TRACE_TOPIC')).toBe(false);
  });
});

describe('what a name may look like', () => {
  it.each(['T', 'a_b-C9', '%RETRY%CG', 'x|y', 'n'.repeat(127)])('%s is a topic', (topic) => {
    expect(validateTopic(topic)).toBeUndefined();
  });

  it.each([
    ['', 'the topic has no name'],
    ['  ', 'the topic has no name'],
    ['n'.repeat(128), 'the name of the topic has 128 characters, at most 127 are allowed'],
    ['a b', 'the name of the topic "a b" holds characters other than letters, digits, % | _ -'],
    ['a+b', 'holds characters'],
    ['标签', 'holds characters'],
    ['T\n', 'holds characters'],
  ])('"%s" is none, and it says why', (topic, problem) => {
    expect(validateTopic(topic)).toContain(problem);
  });

  it('lets a group have 120 characters', () => {
    expect(validateGroup('g'.repeat(120))).toBeUndefined();
    expect(validateGroup('g'.repeat(121))).toBe('the name of the group has 121 characters, at most 120 are allowed');
  });
});
