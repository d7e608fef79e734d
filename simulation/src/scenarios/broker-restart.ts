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

/** A cluster with its load and its checkers. */
class Workload {
  readonly delivery = new DeliveryChecker([SHARED, ORDERLY]);
  readonly order = new QueueOrderChecker();
  readonly members: RocketMQ[] = [];

  constructor(private readonly cluster: Cluster) {}

  async joinShared(name: string): Promise<void> {
    const mq = await this.#client(SHARED, name);
    const consumer = mq.pushConsumer({ group: SHARED, consumeFrom: 'first' });
    consumer.subscribe<Body>(TOPIC, (message) => this.delivery.received(SHARED, delivered(message)));
    await this.cluster.progress(consumer.start());
  }

  async joinOrderly(name: string): Promise<void> {
    const mq = await this.#client(ORDERLY, name);
    const consumer = mq.pushConsumer({ group: ORDERLY, mode: 'orderly', consumeFrom: 'first' });
    consumer.subscribe<Body>(TOPIC, async (message) => {
      const seen = delivered(message);
      this.order.begin(name, seen);
      await sleep(this.cluster.clock, randomInt(this.cluster.random, 20));
      this.delivery.received(ORDERLY, seen);
      this.order.end(seen.queue);
    });
    await this.cluster.progress(consumer.start());
  }

  /** One of the members, by chance, closes. */
  async leave(): Promise<void> {
    const [leaver] = this.members.splice(randomInt(this.cluster.random, this.members.length - 1), 1);
    await this.cluster.progress(leaver!.close());
    this.cluster.trace.add('leaves', 'a member');
  }

  /** Sends one by one; what fails is noted and not sent again. */
  async sendAll(sender: RocketMQ): Promise<void> {
    const { clock, random, trace } = this.cluster;
    const producer = sender.producer({ group: 'shop', retries: 3 });
    for (let id = 0; id < MESSAGES; id += 1) {
      this.delivery.sent(id);
      try {
        await producer.send(TOPIC, { id }, { shardingKey: `key-${id % KEYS}` });
        this.delivery.acknowledged(id);
      } catch (error) {
        trace.add('send fails', `${id} ${error instanceof Error ? error.name : ''}`);
      }
      await sleep(clock, 20 + randomInt(random, 60));
    }
  }

  get done(): boolean {
    return this.delivery.missing(SHARED).length === 0 && this.delivery.missing(ORDERLY).length === 0;
  }

  async #client(group: string, name: string): Promise<RocketMQ> {
    const mq = await this.cluster.client(name);
    this.members.push(mq);
    this.cluster.trace.add('joins', `${group} ${name}`);
    return mq;
  }
}

const BROKER_OPTIONS = {
  store: { flushDiskType: 'SYNC_FLUSH', mappedFileSizeCommitLog: 64 * 1024, mappedFileSizeConsumeQueue: 2000 },
} as const;

/**
 * Two brokers take messages while members of a concurrent and of an orderly group come and go; one broker dies (its process
 * or its power, by the seed) and comes back. With flush to the disk before each acknowledgement nothing may be lost.
 */
export async function brokerRestart(seed: number): Promise<ScenarioResult> {
  const cluster = new Cluster({ seed, brokers: ['alpha', 'beta'], brokerOptions: BROKER_OPTIONS });
  const { clock, random, trace } = cluster;
  const load = new Workload(cluster);
  await cluster.start();
  await load.joinShared('shared-1');
  await load.joinOrderly('orderly-1');
  const sending = load.sendAll(await cluster.client('sender'));
  await clock.advance(1000 + randomInt(random, 5000));
  await load.joinOrderly('orderly-2');
  await load.joinShared('shared-2');
  const victim = random.next() < 0.5 ? 'alpha' : 'beta';
  await clock.advance(randomInt(random, 5000));
  cluster.crashBroker(victim, random.next() < 0.5 ? 'power' : 'process');
  await clock.advance(1000 + randomInt(random, 20_000));
  await cluster.startBroker(victim);
  await load.leave();
  await cluster.progress(sending);
  for (let waitedMs = 0; waitedMs < SETTLE_MS && !load.done; waitedMs += 1000) await clock.advance(1000);
  const durationMs = clock.monotonic();
  await cluster.close();
  const { delivery, order } = load;
  return {
    violations: [...delivery.validate(), ...order.violations],
    trace: trace.lines,
    acknowledged: delivery.acknowledgedCount,
    repeats: delivery.repeats(SHARED) + delivery.repeats(ORDERLY),
    durationMs,
  };
}
