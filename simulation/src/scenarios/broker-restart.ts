import { randomInt, sleep } from '@cometmq/runtime';
import type { MessageView, RocketMQ } from '@cometmq/sdk';
import { DeliveryChecker } from '../checkers/delivery-checker.js';
import { QueueOrderChecker } from '../checkers/queue-order-checker.js';
import { Cluster } from '../cluster.js';

export interface ScenarioResult {
  readonly violations: readonly string[];
  readonly trace: readonly string[];
  readonly acknowledged: number;
  readonly repeats: number;
  /** Virtual ms. */
  readonly durationMs: number;
}

const TOPIC = 'orders';
const SHARED = 'shared';
const ORDERLY = 'orderly';
const MESSAGES = 400;
const KEYS = 12;
/** Virtual time within which everything has to have arrived after the last fault. */
const SETTLE_MS = 600_000;

interface Body {
  readonly id: number;
}

const delivered = (message: MessageView<Body>) => ({
  id: message.body.id,
  queue: `${message.queue.brokerName}/${message.queue.topic}/${message.queue.queueId}`,
  queueOffset: message.queueOffset,
});

/**
 * Two brokers take messages while members of a concurrent and of an orderly group come and go; one broker dies (its process
 * or its power, by the seed) and comes back. With flush to the disk before each acknowledgement nothing may be lost.
 */
export async function brokerRestart(seed: number): Promise<ScenarioResult> {
  const cluster = new Cluster({ seed, brokers: ['alpha', 'beta'], brokerOptions: { store: { flushDiskType: 'SYNC_FLUSH', mappedFileSizeCommitLog: 64 * 1024, mappedFileSizeConsumeQueue: 2000 } } });
  const { clock, random, trace } = cluster;
  const delivery = new DeliveryChecker([SHARED, ORDERLY]);
  const order = new QueueOrderChecker();
  await cluster.start();
  const members: RocketMQ[] = [];

  const joinShared = async (name: string) => {
    const mq = await cluster.client(name);
    const consumer = mq.pushConsumer({ group: SHARED, consumeFrom: 'first' });
    consumer.subscribe<Body>(TOPIC, (message) => delivery.received(SHARED, delivered(message)));
    await cluster.progress(consumer.start());
    members.push(mq);
    trace.add('joins', `${SHARED} ${name}`);
  };
  const joinOrderly = async (name: string) => {
    const mq = await cluster.client(name);
    const consumer = mq.pushConsumer({ group: ORDERLY, mode: 'orderly', consumeFrom: 'first' });
    consumer.subscribe<Body>(TOPIC, async (message) => {
      const seen = delivered(message);
      order.begin(name, seen);
      await sleep(clock, randomInt(random, 20));
      delivery.received(ORDERLY, seen);
      order.end(seen.queue);
    });
    await cluster.progress(consumer.start());
    members.push(mq);
    trace.add('joins', `${ORDERLY} ${name}`);
  };

  const sender = await cluster.client('sender');
  const producer = sender.producer({ group: 'shop', retries: 3 });
  const sendAll = async () => {
    for (let id = 0; id < MESSAGES; id += 1) {
      delivery.sent(id);
      try {
        await producer.send(TOPIC, { id }, { shardingKey: `key-${id % KEYS}` });
        delivery.acknowledged(id);
      } catch (error) {
        trace.add('send fails', `${id} ${error instanceof Error ? error.name : ''}`);
      }
      await sleep(clock, 20 + randomInt(random, 60));
    }
  };

  await joinShared('shared-1');
  await joinOrderly('orderly-1');
  const sending = sendAll();
  await clock.advance(1000 + randomInt(random, 5000));
  await joinOrderly('orderly-2');
  await joinShared('shared-2');
  const victim = random.next() < 0.5 ? 'alpha' : 'beta';
  await clock.advance(randomInt(random, 5000));
  cluster.crashBroker(victim, random.next() < 0.5 ? 'power' : 'process');
  await clock.advance(1000 + randomInt(random, 20_000));
  await cluster.startBroker(victim);
  const leaver = members.splice(randomInt(random, members.length - 1), 1)[0]!;
  await cluster.progress(leaver.close());
  trace.add('leaves', 'a member');
  await cluster.progress(sending);

  const done = () => delivery.missing(SHARED).length === 0 && delivery.missing(ORDERLY).length === 0;
  for (let waitedMs = 0; waitedMs < SETTLE_MS && !done(); waitedMs += 1000) await clock.advance(1000);
  const durationMs = clock.monotonic();
  await cluster.close();
  return {
    violations: [...delivery.validate(), ...order.violations],
    trace: trace.lines,
    acknowledged: delivery.acknowledgedCount,
    repeats: delivery.repeats(SHARED) + delivery.repeats(ORDERLY),
    durationMs,
  };
}
