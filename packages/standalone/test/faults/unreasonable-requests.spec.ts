import { mkdirSync, readdirSync, writeFileSync } from 'node:fs';
import { dirname, join } from 'node:path';
import {
  allRequests,
  getMaxOffset,
  getMinOffset,
  pullMessage,
  queryConsumerOffset,
  type RequestDefinition,
  ResponseCode,
  searchOffsetByTimestamp,
  sendMessageV2,
  updateAndCreateSubscriptiongroup,
  updateAndCreateTopic,
  updateConsumerOffset,
} from '@cometmq/protocol';
import { type Random, randomInt, seededRandom } from '@cometmq/runtime';
import { describe, expect, it } from 'vitest';
import { soundClient, undisturbed } from './bystander.js';
import { FaultServer, temporaryDirectory } from './fault-server.js';
import { jsonFrame, RawPeer } from './raw-peer.js';
import { pullHeader, sendHeader, SUBSCRIPTION, SUSPEND } from './requests.js';

const { INVALID_PARAMETER, MESSAGE_ILLEGAL, NO_PERMISSION, SUCCESS, SYSTEM_ERROR } = ResponseCode;

describe('a message that cannot be taken', () => {
  it.each([
    ['a body one byte over the limit', {}, 4 * 1024 * 1024 + 1, MESSAGE_ILLEGAL, /limit 4194304B/],
    ['a body of nearly a frame', {}, 15 * 1024 * 1024, MESSAGE_ILLEGAL, /limit 4194304B/],
    ['properties over 32 KiB', { properties: `k\u0001${'v'.repeat(40_000)}\u0002` }, 1, MESSAGE_ILLEGAL, /32KB/],
    ['a megabyte of properties', { properties: `k\u0001${'ü'.repeat(500_000)}\u0002` }, 1, MESSAGE_ILLEGAL, /32KB/],
    ['a topic that leads out of the store', { topic: '../../outside' }, 1, INVALID_PARAMETER, /\.\.\/\.\.\/outside/],
    ['a topic with a zero byte', { topic: 'a\u0000b' }, 1, INVALID_PARAMETER, /other than letters/],
    ['a topic of one dot', { topic: '.' }, 1, INVALID_PARAMETER, /other than letters/],
    ['a topic of spaces', { topic: '   ' }, 1, INVALID_PARAMETER, /no name/],
    ['a topic name of a megabyte', { topic: 'x'.repeat(1 << 20) }, 1, INVALID_PARAMETER, /at most 127/],
    ['a topic of the server itself', { topic: 'SCHEDULE_TOPIC_XXXX' }, 1, NO_PERMISSION, /forbidden/],
    ['a queue that does not exist', { queueId: 4 }, 1, INVALID_PARAMETER, /queueId\[4\]/],
    ['the greatest queue there is', { queueId: 0x7fff_ffff }, 1, INVALID_PARAMETER, /queueId\[2147483647\]/],
    ['a batch that is none', { batch: true }, 50, SYSTEM_ERROR, /batch/],
  ])('%s is refused with the reason, and leaves nothing behind', async (_, more, bytes, code, remark) => {
    const server = await FaultServer.start();
    await undisturbed(server, async () => {
      const client = await soundClient();
      await client.invoke(server.address, sendMessageV2, sendHeader('T'), { body: Buffer.from('first') });
      const answer = await client.invoke(server.address, sendMessageV2, sendHeader('T', more), {
        body: Buffer.alloc(bytes, 0x7f),
        timeoutMs: 10_000,
      });
      expect(answer.code).toBe(code);
      expect(answer.remark).toMatch(remark);
      expect(answer.remark!.length).toBeLessThan(2000);
      for (let queueId = 0; queueId < 4; queueId++) {
        const end = await client.invoke(server.address, getMaxOffset, { topic: 'T', queueId, committed: true });
        expect(end.header?.offset).toBe(queueId === 0 ? 1 : 0);
      }
    });
  });
});

describe('a place that is not there', () => {
  it.each([
    ['a negative queue', { queueId: -1 }, INVALID_PARAMETER],
    ['a queue beyond the last', { queueId: 4 }, INVALID_PARAMETER],
    ['a negative offset', { queueOffset: -5 }, ResponseCode.PULL_OFFSET_MOVED],
    ['an offset far beyond the end', { queueOffset: 1_000_000 }, ResponseCode.PULL_OFFSET_MOVED],
    ['the greatest offset that is exact', { queueOffset: Number.MAX_SAFE_INTEGER }, ResponseCode.PULL_OFFSET_MOVED],
    ['the offset behind the last', { queueOffset: 3 }, ResponseCode.PULL_NOT_FOUND],
    ['a topic that nobody has made', { topic: 'nowhere' }, ResponseCode.TOPIC_NOT_EXIST],
    ['a group with an illegal name', { consumerGroup: 'a b/c' }, ResponseCode.SUBSCRIPTION_GROUP_NOT_EXIST],
    ['a group name of a megabyte', { consumerGroup: 'g'.repeat(1 << 20) }, ResponseCode.SUBSCRIPTION_GROUP_NOT_EXIST],
    ['a subscription nobody can read', { subscription: '||' }, ResponseCode.SUBSCRIPTION_PARSE_FAILED],
    ['fewer than no messages', { maxMsgNums: -1 }, SUCCESS],
    ['as many messages as can be said', { maxMsgNums: 0x7fff_ffff }, SUCCESS],
  ])('is told to a pull of %s', async (_, more, code) => {
    const server = await FaultServer.start();
    const client = await soundClient();
    for (let index = 0; index < 3; index++) {
      await client.invoke(server.address, sendMessageV2, sendHeader('T'), { body: Buffer.from('x') });
    }
    const answer = await client.invoke(server.address, pullMessage, { ...pullHeader('T', 0), ...more });
    expect(answer.code).toBe(code);
    if (code === ResponseCode.PULL_OFFSET_MOVED) {
      expect(answer.header).toMatchObject({ minOffset: 0, maxOffset: 3 });
      expect([0, 3]).toContain(answer.header!.nextBeginOffset);
    }
  });

  it('is no reason to hold a pull for ever', async () => {
    const server = await FaultServer.start();
    const client = await soundClient();
    await client.invoke(server.address, sendMessageV2, sendHeader('T'), { body: Buffer.from('x') });
    for (const suspendTimeoutMillis of [-1, 0, Number.MIN_SAFE_INTEGER]) {
      const more = { sysFlag: SUSPEND | SUBSCRIPTION, suspendTimeoutMillis };
      const answer = await client.invoke(server.address, pullMessage, pullHeader('T', 1, more));
      expect(answer.code).toBe(ResponseCode.PULL_NOT_FOUND);
    }
  });

  it('has offsets that say so', async () => {
    const server = await FaultServer.start();
    const client = await soundClient();
    const place = { topic: 'nowhere', queueId: -7 };
    expect((await client.invoke(server.address, getMaxOffset, { ...place, committed: true })).header?.offset ?? 0).toBe(
      0,
    );
    expect((await client.invoke(server.address, getMinOffset, place)).header?.offset ?? 0).toBe(0);
    const search = await client.invoke(server.address, searchOffsetByTimestamp, { ...place, timestamp: -1 });
    expect(search.header?.offset ?? 0).toBe(0);
    const query = { consumerGroup: 'a b', ...place };
    expect((await client.invoke(server.address, queryConsumerOffset, query)).code).not.toBe(SUCCESS);
    expect((await client.invoke(server.address, updateConsumerOffset, { ...query, commitOffset: -9 })).code).not.toBe(
      SUCCESS,
    );
  });
});

describe('a name that is illegal', () => {
  const names = ['', ' ', 'a b', 'a/b', '../up', 'ü', 'a\u0000', 'x'.repeat(300), '*', 'a%zz\n'];

  it('makes no topic', async () => {
    const server = await FaultServer.start();
    const client = await soundClient();
    const before = await server.metric('rocketmq_broker_topics');
    const rest = {
      defaultTopic: 'TBW102',
      readQueueNums: 1,
      writeQueueNums: 1,
      perm: 6,
      topicFilterType: 'SINGLE_TAG',
    };
    for (const topic of names) {
      const header = { topic, ...rest, topicSysFlag: 0, order: false, force: false };
      const answer = await client.invoke(server.address, updateAndCreateTopic, header);
      expect([topic, answer.code]).not.toEqual([topic, SUCCESS]);
      expect(answer.remark).not.toBe('');
    }
    expect(await server.metric('rocketmq_broker_topics')).toBe(before);
  });

  it('makes no group', async () => {
    const server = await FaultServer.start();
    const client = await soundClient();
    for (const groupName of names) {
      const body = Buffer.from(JSON.stringify({ groupName }));
      const answer = await client.invoke(server.address, updateAndCreateSubscriptiongroup, {}, { body });
      expect([groupName, answer.code]).not.toEqual([groupName, SUCCESS]);
    }
  });
});

/** Values that fit into no field. */
const NONSENSE = ['', 'null', 'abc', '-1', '0', '99999999999999999999', '-9223372036854775808', '1e308', 'NaN', '{}'];
/** Names that would lead out of the store, were they taken for those of files. */
const WAYS_OUT = [
  '.',
  '..',
  '../..',
  '../canary',
  '../../canary',
  'a/../../canary',
  '/',
  'C:',
  'nul\u0000',
  '%',
  'ü'.repeat(100),
];
const BODIES = [
  '',
  '{',
  '[]',
  '{}',
  'null',
  '"x"',
  '{"clientID":7}',
  '{"topicName":"../../canary","groupName":"../canary","topicConfigList":[{"topicName":"../.."}]}',
  '{"offsetTable":{"a":"b"}}',
  '[{"topic":{}}]',
  '{"mqSet":[1]}',
  'a=b\nc',
  '\u0000\u0001\u0002',
  '{"a":'.repeat(2000),
];

function nonsense(definition: RequestDefinition, opaque: number, random: Random): Buffer {
  const pick = (list: readonly string[]) => list[randomInt(random, list.length)]!;
  const values = [...NONSENSE, ...WAYS_OUT];
  const fields = Object.entries(definition.request.shape).map(([name, { wire }]) => [wire ?? name, pick(values)]);
  const header = { code: definition.code, extFields: Object.fromEntries(fields) as object, opaque, version: 479 };
  return jsonFrame(JSON.stringify(header), Buffer.from(pick(BODIES)));
}

it('nonsense in every field and body of every request is answered, harms nobody and touches no file outside', async () => {
  const outside = temporaryDirectory();
  const storeDir = join(outside, 'a', 'b', 'c', 'store');
  for (const place of [outside, dirname(storeDir), join(outside, 'a', 'b')]) {
    mkdirSync(join(place, 'canary'), { recursive: true });
    writeFileSync(join(place, 'canary', 'alive'), 'alive');
  }
  const server = await FaultServer.start({ storeDir });
  await undisturbed(server, async () => {
    const random = seededRandom(11);
    const peer = await RawPeer.connect(server);
    let opaque = 0;
    for (let round = 0; round < 60; round++) {
      const first = opaque;
      for (const definition of allRequests) peer.send(nonsense(definition, opaque++, random));
      for (let asked = first; asked < opaque; asked++) {
        const answer = await peer.answer(asked);
        if (answer.code === SYSTEM_ERROR) expect(answer.remark).not.toBe('');
      }
    }
    expect(peer.open).toBe(true);
  });
  expect(server.log.filter(({ level }) => level === 'error')).toEqual([]);
  const files = readdirSync(outside, { recursive: true, encoding: 'utf8' }).filter(
    (path) => !path.startsWith('a/b/c/store'),
  );
  expect(files.toSorted()).toEqual([
    'a',
    'a/b',
    'a/b/c',
    'a/b/c/canary',
    'a/b/c/canary/alive',
    'a/b/canary',
    'a/b/canary/alive',
    'canary',
    'canary/alive',
  ]);
});
