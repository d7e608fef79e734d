import {
  type ConsumerRunningInfo,
  consumeMessageDirectly,
  consumeMessageDirectlyResult,
  consumerRunningInfo,
  type DecodedRecord,
  getConsumerRunningInfo,
  getConsumerStatusBody,
  getConsumerStatusFromClient,
  resetConsumerClientOffset,
  resetOffsetBody,
  ResponseCode,
} from '@cometmq/protocol';
import { answerOf, type Reply } from '@cometmq/remoting';
import { describe, expect, it } from 'vitest';
import type { PushConsumer } from '../../src/consumer/push-consumer.js';
import { reject, retry } from '../../src/message/consume-result.js';
import type { RecordView } from '../../src/message/message-view.js';
import {
  BROKER,
  committed,
  range,
  virtualClusters,
  type VirtualClient,
  type VirtualCluster,
} from './virtual-cluster.js';

const start = virtualClusters();
const queue = { topic: 'orders', brokerName: BROKER, queueId: 0 };

async function setUp(mode: 'concurrent' | 'orderly' = 'concurrent') {
  const cluster = await start();
  const client = await cluster.client();
  await cluster.createTopic(client, 'orders', 1);
  const seen: unknown[] = [];
  const records: DecodedRecord[] = [];
  const consumer = client.mq.pushConsumer({ group: 'g', mode, consumeFrom: 'first', concurrency: 7 });
  consumer.subscribe('orders', (message) => {
    seen.push(message.body);
    records.push((message as RecordView).record);
    if (message.body === 'later') return retry();
    if (message.body === 'never') return reject('bad');
    if (message.body === 'fails') throw new Error('it fails');
    return undefined;
  });
  await cluster.run(consumer.start());
  return { cluster, client, consumer, seen, records };
}

/** What a broker sends to the client; as it came from the network. */
async function fromBroker(
  client: VirtualClient,
  definition: { readonly code: number },
  header: object,
  body?: Uint8Array,
): Promise<Reply<unknown>> {
  const { processors } = client.mq.instance.serverRequests;
  const processor = processors.find((one) => one.definition.code === definition.code)!;
  return (await answerOf(processor, { header, body } as never))!;
}

const running = (cluster: VirtualCluster, asker: VirtualClient, clientId: string, consumerGroup = 'g') =>
  asker.mq.instance.invoke(cluster.address, getConsumerRunningInfo, { consumerGroup, clientId, jstackEnable: false });

describe('an administrator', () => {
  it('sees what a consumer is doing (307)', async () => {
    const { cluster, client } = await setUp('orderly');
    const admin = await cluster.client();
    await cluster.send(client, 'orders', range(3));
    await cluster.clock.advance(1000);
    const answer = await cluster.run(running(cluster, admin, client.mq.clientId));
    const info: ConsumerRunningInfo = consumerRunningInfo.decode(answer.body);
    expect(Object.fromEntries(info.properties)).toMatchObject({
      PROP_CONSUME_TYPE: 'CONSUME_PASSIVELY',
      PROP_CLIENT_VERSION: 'V5_3_3',
      PROP_CONSUMEORDERLY: 'true',
      PROP_THREADPOOL_CORE_SIZE: '7',
      PROP_NAMESERVER_ADDR: '10.0.0.1:9876',
    });
    expect(info.subscriptionSet.map(({ topic, subString }) => `${topic} ${subString}`).sort()).toEqual([
      '%RETRY%g *',
      'orders *',
    ]);
    const [, state] = info.mqTable.find(([{ topic }]) => topic === 'orders')!;
    expect(state).toMatchObject({ commitOffset: 3, cachedMsgCount: 0, locked: true, droped: false });
    expect(state.lastConsumeTimestamp).toBeGreaterThan(state.lastPullTimestamp - 5000);
    expect([...info.statusTable.keys()].sort()).toEqual(['%RETRY%g', 'orders']);
    expect((await cluster.run(running(cluster, admin, client.mq.clientId, 'unknown'))).code).toBe(
      ResponseCode.SYSTEM_ERROR,
    );
  });

  it('has a message consumed at once, without effect on progress (309)', async () => {
    const { cluster, client, consumer, seen, records } = await setUp();
    const admin = await cluster.client();
    const bodies = ['fine', 'later', 'never', 'fails'];
    await cluster.send(client, 'orders', bodies);
    await cluster.until(() => seen.length === 4, 2000);
    const results: unknown[] = [];
    for (const record of [...records]) {
      const msgId = offsetIdOf(record);
      const header = { consumerGroup: 'g', clientId: client.mq.clientId, msgId, topic: 'orders' };
      const answer = await cluster.run(admin.mq.instance.invoke(cluster.address, consumeMessageDirectly, header));
      const { consumeResult, order, remark } = consumeMessageDirectlyResult.decode(answer.body);
      results.push([consumeResult, order, remark ?? undefined]);
    }
    expect(results).toEqual([
      ['CR_SUCCESS', false, undefined],
      ['CR_LATER', false, undefined],
      ['CR_ROLLBACK', false, 'bad'],
      ['CR_THROW_EXCEPTION', false, 'it fails'],
    ]);
    expect(seen).toEqual([...bodies, ...bodies]);
    await cluster.run(consumer.close());
    expect(await committed(cluster, client, 'g', 'orders')).toEqual([4]);
  });

  it.each(['concurrent', 'orderly'] as const)('sets offsets (220, %s) and asks for them (221)', async (mode) => {
    const { cluster, client, consumer, seen } = await setUp(mode);
    await cluster.send(client, 'orders', range(6));
    await cluster.until(() => seen.length === 6, 2000);
    const header = { group: 'g', topic: 'orders' };
    const body = resetOffsetBody.encode({
      offsetTable: [
        [queue, 2],
        [{ ...queue, queueId: 9 }, 0],
      ],
    });
    await cluster.run(fromBroker(client, resetConsumerClientOffset, header, body));
    await cluster.until(() => seen.length === 10, 5000);
    expect(seen.slice(6)).toEqual([2, 3, 4, 5]);
    const answer = await cluster.run(fromBroker(client, getConsumerStatusFromClient, header));
    expect(getConsumerStatusBody.decode(answer.body as Uint8Array).messageQueueTable).toEqual([[queue, 6]]);
    const other = await cluster.run(fromBroker(client, getConsumerStatusFromClient, { ...header, group: 'x' }));
    expect(other.code).toBe(ResponseCode.SYSTEM_ERROR);
    await cluster.run(consumer.close());
    expect(await committed(cluster, client, 'g', 'orders')).toEqual([6]);
  });

  it('may set offsets while a handler runs: an orderly queue is still worked on by one at a time', async () => {
    const cluster = await start();
    const client = await cluster.client();
    await cluster.createTopic(client, 'orders', 1);
    await cluster.send(client, 'orders', range(4));
    let running = 0;
    let most = 0;
    const seen: unknown[] = [];
    const consumer: PushConsumer = client.mq.pushConsumer({ group: 'g', mode: 'orderly', consumeFrom: 'first' });
    consumer.subscribe('orders', async ({ body }) => {
      running += 1;
      most = Math.max(most, running);
      seen.push(body);
      await new Promise<void>((resolve) => void cluster.clock.schedule(500, resolve));
      running -= 1;
    });
    await cluster.run(consumer.start());
    await cluster.until(() => seen.length === 2, 2000);
    for (const offset of [0, 3, 2]) {
      const body = resetOffsetBody.encode({ offsetTable: [[queue, offset]] });
      await cluster.run(fromBroker(client, resetConsumerClientOffset, { group: 'g', topic: 'orders' }, body));
      await cluster.clock.advance(20);
    }
    await cluster.clock.advance(3000);
    expect(most).toBe(1);
    expect(seen).toEqual([0, 1, 2, 3]);
  });
});

const offsetIdOf = (record: DecodedRecord): string => {
  const bytes = Buffer.alloc(16);
  Buffer.from(record.storeHost).copy(bytes);
  bytes.writeBigInt64BE(BigInt(record.physicalOffset), 8);
  return bytes.toString('hex').toUpperCase();
};
