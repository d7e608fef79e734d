import { SystemTopic, topicConfigSerializeWrapper } from '@cometmq/protocol';
import { type Disk, seededRandom, silentLogger, VirtualClock } from '@cometmq/runtime';
import { memoryDisk, SimDisk } from '@cometmq/testkit';
import { beforeEach, describe, expect, it } from 'vitest';
import { resolveBrokerSettings } from '../../src/broker-options.js';
import { ConfigFile } from '../../src/metadata/config-file.js';
import { builtInTopics } from '../../src/topics/built-in-topics.js';
import { plainTopic } from '../../src/topics/topic-config.js';
import { TopicTable } from '../../src/topics/topic-table.js';
import { during } from '../broker-harness.js';

const DEFAULTS = resolveBrokerSettings({});

describe('the topic table', () => {
  let clock: VirtualClock;
  let disk: Disk;
  const table = () =>
    new TopicTable(new ConfigFile('/topics.json', topicConfigSerializeWrapper, disk, silentLogger), clock);
  beforeEach(() => {
    clock = new VirtualClock();
    disk = memoryDisk(clock, seededRandom(1));
  });

  it('has the topics of an Apache broker from the start', () => {
    const topics = table();
    topics.load(builtInTopics(DEFAULTS));
    const shown = Object.fromEntries(
      [...topics.all()].map(({ topicName, readQueueNums, writeQueueNums, perm }) => [
        topicName,
        [readQueueNums, writeQueueNums, perm],
      ]),
    );
    expect(shown).toEqual({
      SELF_TEST_TOPIC: [1, 1, 6],
      TBW102: [8, 8, 7],
      BenchmarkTest: [1024, 1024, 6],
      DefaultCluster: [16, 16, 7],
      'broker-a': [1, 1, 7],
      OFFSET_MOVED_EVENT: [1, 1, 6],
      SCHEDULE_TOPIC_XXXX: [18, 18, 6],
      DefaultCluster_REPLY_TOPIC: [1, 1, 6],
      rmq_sys_REVIVE_LOG_DefaultCluster: [8, 8, 6],
      'rmq_sys_SYNC_BROKER_MEMBER_broker-a': [1, 1, 1],
      RMQ_SYS_TRANS_HALF_TOPIC: [1, 1, 6],
      RMQ_SYS_TRANS_OP_HALF_TOPIC: [1, 1, 6],
    });
  });

  it('leaves the template out when sends may not make topics', () => {
    const topics = table();
    topics.load(
      builtInTopics({
        ...DEFAULTS,
        autoCreateTopicEnable: false,
        clusterTopicEnable: false,
        traceTopicEnable: true,
      }),
    );
    expect(topics.get(SystemTopic.AUTO_CREATE)).toBeUndefined();
    expect(topics.get('DefaultCluster')?.perm).toBe(1);
    expect(topics.get('RMQ_SYS_TRACE_TOPIC')?.readQueueNums).toBe(1);
  });

  it('keeps topics and version beyond its end, and what an operator changed of a built-in topic', async () => {
    const first = table();
    first.load([]);
    await during(clock, first.put(plainTopic('A', 2), plainTopic(SystemTopic.BENCHMARK, 4)));
    await during(clock, first.remove('nothing'));
    const again = table();
    again.load(builtInTopics(DEFAULTS));
    expect(again.get('A')).toEqual(plainTopic('A', 2));
    expect(again.get(SystemTopic.BENCHMARK)?.readQueueNums).toBe(4);
    expect(again.version).toEqual(first.version);
    expect(again.version.counter).toBe(1);
  });

  it('tells of changes, and of none when nothing changes', async () => {
    const topics = table();
    topics.load([]);
    const heard: unknown[] = [];
    topics.onChange((changed, removed) => heard.push([changed.map(({ topicName }) => topicName), removed]));
    await during(clock, topics.put(plainTopic('A', 2)));
    await during(clock, topics.put(plainTopic('A', 2)));
    await during(clock, topics.put({ ...plainTopic('A', 2), attributes: new Map([['message.type', 'FIFO']]) }));
    await during(clock, topics.remove('A'));
    expect(heard).toEqual([
      [['A'], []],
      [['A'], []],
      [[], ['A']],
    ]);
    expect(topics.version.counter).toBe(3);
    expect(topics.get('A')).toBeUndefined();
  });

  it('takes back what cannot be written: it would be gone at the next start', async () => {
    const device = new SimDisk({ clock, random: seededRandom(1) });
    disk = device.mount();
    const topics = table();
    topics.load([]);
    await during(clock, topics.put(plainTopic('A', 2)));
    const heard: unknown[] = [];
    topics.onChange((changed, removed) => heard.push([changed.map(({ readQueueNums }) => readQueueNums), removed]));
    device.plan({ operation: 'write', code: 'NO_SPACE', count: 2 });
    await expect(during(clock, topics.put(plainTopic('A', 3), plainTopic('B', 1)))).rejects.toThrow(/topics\.json/);
    expect([topics.get('A')?.readQueueNums, topics.get('B')]).toEqual([2, undefined]);
    expect(heard).toEqual([
      [[3, 1], []],
      [[2], ['B']],
    ]);
    const made = topics.ensure('B', () => plainTopic('B', 1));
    await expect(during(clock, made)).rejects.toThrow(/topics\.json/);
    await during(
      clock,
      topics.ensure('B', () => plainTopic('B', 1)),
    );
    const again = table();
    again.load([]);
    expect([again.get('A')?.readQueueNums, again.get('B')?.readQueueNums]).toEqual([2, 1]);
  });

  it('takes a topic called __proto__ as any other', async () => {
    const topics = table();
    topics.load([]);
    await during(clock, topics.put(plainTopic('__proto__', 1)));
    const again = table();
    again.load([]);
    expect(again.get('__proto__')).toEqual(plainTopic('__proto__', 1));
  });
});
