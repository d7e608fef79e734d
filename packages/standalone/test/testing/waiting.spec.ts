import {
  getConsumerRunningInfo,
  getRouteinfoByTopic,
  heartBeat,
  heartbeatData,
  ResponseCode,
  topicRouteData,
  updateConsumerOffset,
} from '@cometmq/protocol';
import { processor, RemotingClient } from '@cometmq/remoting';
import { seededRandom, silentLogger, sleep } from '@cometmq/runtime';
import { nodeClock, tcpDialer } from '@cometmq/runtime/node';
import { describe, expect, it } from 'vitest';
import { consume, embeddedServers, ids, type Order, sendOrders } from './servers.js';

const start = embeddedServers();

/** What a client that is not ours says of itself in its heartbeat. */
const foreignConsumer = (topic: string) =>
  ({
    groupName: 'foreign',
    consumeType: 'CONSUME_PASSIVELY',
    messageModel: 'CLUSTERING',
    consumeFromWhere: 'CONSUME_FROM_FIRST_OFFSET',
    subscriptionDataSet: [
      {
        topic,
        subString: '*',
        tagsSet: [],
        codeSet: [],
        subVersion: 1,
        expressionType: 'TAG',
        classFilterMode: false,
      },
    ],
    unitMode: false,
  }) as const;
const failure = async (promise: Promise<unknown>): Promise<string> =>
  promise.then(
    () => expect.fail('it should have failed'),
    (error: unknown) => (error as Error).message,
  );

describe('waitFor', () => {
  it('finds what is there, and what comes', async () => {
    const server = await start();
    const mq = await server.connect();
    await sendOrders(mq, 3);
    expect((await server.waitFor<Order>('orders', ({ body }) => body.id === 2)).keys).toEqual(['order-2']);
    const later = server.waitFor<Order>('later');
    await sleep(nodeClock, 10);
    await sendOrders(mq, 1, 'later');
    expect((await later).body).toEqual({ id: 1 });
  });

  it('gives up after real time and says what is there and what waits', async () => {
    const server = await start();
    const mq = await server.connect();
    await mq.producer().send('orders', { id: 1 }, { delay: { level: 5 } });
    expect(await failure(server.waitFor('orders', undefined, 20))).toMatch(
      /no message in orders after 20 ms: nothing is stored there\n {2}- 1 message\(s\) wait .* due in (1 m|59\.\d s); advance\(\) leaps there/,
    );
    await sendOrders(mq, 2);
    expect(await failure(server.waitFor('orders', () => false, 20))).toMatch(/none of the 2 there fits/);
  });

  it('says that a broker is down', async () => {
    const server = await start({ brokers: 2 });
    await server.killBroker('broker-b');
    expect(await failure(server.waitFor('orders', undefined, 10))).toMatch(/- broker-b is down/);
  });
});

describe('idle', () => {
  it('waits for handlers, for what they send, and for who consumes that', async () => {
    const server = await start();
    const mq = await server.connect();
    const producer = mq.producer();
    const receipts: number[] = [];
    await consume<Order>(
      mq,
      'orders',
      async ({ body }) => {
        await sleep(nodeClock, 5);
        await producer.send<Order>('invoices', body);
      },
      { group: 'billing', concurrency: 2 },
    );
    await consume<Order>(
      mq,
      'invoices',
      async ({ body }) => {
        await sleep(nodeClock, 5);
        receipts.push(body.id);
      },
      { group: 'mailing' },
    );
    await sendOrders(mq, 10);
    await server.idle();
    expect(receipts.toSorted((a, b) => a - b)).toEqual(ids(10));
  });

  it('does not wait for messages that no group wants', async () => {
    const server = await start();
    const mq = await server.connect();
    const consumer = mq.pushConsumer({ group: 'billing' });
    consumer.subscribe({ topic: 'orders', filter: { tags: ['paid'] } }, () => {});
    await consumer.start();
    await mq.producer().send('orders', {}, { tags: 'created' });
    await sendOrders(mq, 3, 'nobody');
    const before = server.now().getTime();
    await server.idle();
    expect(server.now().getTime() - before).toBeLessThan(5000);
  });

  it('does not wait for retries that are not due, unless it is told to', async () => {
    const server = await start();
    const mq = await server.connect();
    const attempts: number[] = [];
    await consume<Order>(mq, 'orders', ({ reconsumeTimes }) => {
      attempts.push(reconsumeTimes);
      if (reconsumeTimes < 3) throw new Error('not yet');
    });
    await sendOrders(mq, 1);
    await server.idle();
    expect(attempts).toEqual([0]);
    await server.idle({ delayed: true });
    expect(attempts).toEqual([0, 1, 2, 3]);
  });

  it('lets time pass where only time helps: an orderly queue that was suspended', async () => {
    const server = await start();
    const mq = await server.connect();
    const seen: string[] = [];
    await consume<Order>(
      mq,
      'orders',
      ({ body, reconsumeTimes }) => {
        seen.push(`${body.id}.${reconsumeTimes}`);
        if (body.id === 2 && reconsumeTimes < 2) throw new Error('not yet');
      },
      { mode: 'orderly' },
    );
    const producer = mq.producer();
    for (const id of [1, 2, 3]) await producer.send<Order>('orders', { id }, { shardingKey: 'one' });
    await server.idle();
    expect(seen).toEqual(['1.0', '2.0', '2.1', '2.2', '3.0']);
  });

  it('waits for streams and batches as for handlers', async () => {
    const server = await start();
    const mq = await server.connect();
    const seen: string[] = [];
    const batches = mq.pushConsumer({ group: 'batches' });
    batches.subscribeBatch<Order>('orders', (messages) => void seen.push(`batch of ${messages.length}`), {
      size: 100,
      lingerMs: 2000,
    });
    await batches.start();
    const streams = mq.pushConsumer({ group: 'streams' });
    const subscription = streams.messages<Order>('orders').subscribe((delivery) => {
      void sleep(nodeClock, 3).then(() => {
        seen.push(`delivery ${delivery.message.body.id}`);
        delivery.ack();
      });
    });
    await server.idle({ groups: ['streams', 'batches'] });
    await sendOrders(mq, 3);
    await server.idle({ groups: ['streams', 'batches'] });
    expect(seen.toSorted()).toEqual(['batch of 3', 'delivery 1', 'delivery 2', 'delivery 3']);
    subscription.unsubscribe();
  });

  it('counts every member of a broadcasting group', async () => {
    const server = await start();
    const seen: string[] = [];
    for (const name of ['a', 'b']) {
      const mq = await server.connect();
      await consume<Order>(mq, 'orders', ({ body }) => void seen.push(`${name}${body.id}`), { model: 'broadcasting' });
    }
    await sendOrders(await server.connect(), 2);
    await server.idle();
    expect(seen.toSorted()).toEqual(['a1', 'a2', 'b1', 'b2']);
  });

  it.each(['does not know the question', 'never answers'])(
    'takes the progress at the broker for a client that %s',
    async (kind) => {
      const server = await start({ transport: 'tcp', queues: 1, handlerPatienceMs: 20 });
      await sendOrders(await server.connect(), 2);
      const never = processor(getConsumerRunningInfo, () => new Promise<undefined>(() => {}));
      const client = new RemotingClient(
        { name: 'foreign', defaultKind: 'tcp', processors: kind === 'never answers' ? [never] : [] },
        { clock: nodeClock, random: seededRandom(1), logger: silentLogger, dialers: { tcp: tcpDialer({}) } },
      );
      const route = await client.invoke(server.namesrv, getRouteinfoByTopic, { topic: 'orders' });
      const address = topicRouteData.decode(route.body).brokerDatas[0]!.brokerAddrs.get(0)!;
      const body = heartbeatData.encode({
        clientID: 'foreign@1',
        producerDataSet: [],
        consumerDataSet: [foreignConsumer('orders')],
        heartbeatFingerprint: 0,
        withoutSub: false,
      });
      expect((await client.invoke(address, heartBeat, {}, { body })).code).toBe(ResponseCode.SUCCESS);
      await server.advance('1m');
      expect(await failure(server.idle({ timeoutMs: 30 }))).toMatch(
        /group foreign: orders queue 0 has messages from offset 0 that client foreign@1 has stored no progress for/,
      );
      const progress = { consumerGroup: 'foreign', topic: 'orders', queueId: 0, commitOffset: 2 };
      await client.invoke(address, updateConsumerOffset, progress);
      await server.idle();
      await client.close();
    },
  );

  it('names the handler that runs, the group that has no consumer, and the client that stands still', async () => {
    const server = await start({ handlerPatienceMs: 5 });
    const mq = await server.connect();
    let release = () => {};
    await consume<Order>(mq, 'orders', () => new Promise<void>((resolve) => (release = resolve)));
    const { msgId } = await mq.producer().send('orders', { id: 1 });
    const told = await failure(server.idle({ timeoutMs: 30 }));
    expect(told).toMatch(/^not idle after 30 ms\n/);
    expect(told).toContain(`group billing: a handler has had message ${msgId} of orders for`);
    expect(told).toMatch(
      /group billing: orders queue \d: 1 message\(s\) handed out and not settled, the first at offset 0/,
    );
    release();
    await server.idle();
    expect(await failure(server.idle({ groups: ['shipping'], timeoutMs: 10 }))).toMatch(
      /group shipping: no running consumer/,
    );
  });

  it('waits for named groups only', async () => {
    const server = await start({ handlerPatienceMs: 5 });
    const mq = await server.connect();
    const stuck = mq.pushConsumer({ group: 'stuck' });
    stuck.subscribe('other', () => {});
    await stuck.start();
    stuck.suspend();
    const seen: number[] = [];
    await consume<Order>(mq, 'orders', ({ body }) => void seen.push(body.id));
    await sendOrders(mq, 1);
    await sendOrders(mq, 1, 'other');
    await server.idle({ groups: ['billing'] });
    expect(seen).toEqual([1]);
    expect(await failure(server.idle({ timeoutMs: 30 }))).toMatch(
      /group stuck: other queue \d: 1 message\(s\) not delivered/,
    );
  });
});
