import { pullMessage, decodeOffsetMessageId, records, ResponseCode, sendMessageV2 } from '@cometmq/protocol';
import { RemotingClient, RemotingError } from '@cometmq/remoting';
import { type Random, randomInt, silentLogger } from '@cometmq/runtime';
import { nodePorts } from '@cometmq/runtime/node';
import type { Ledger } from './ledger.js';

export const TOPICS = ['crash-a', 'crash-b'];
export const QUEUES = 4;
/** So many messages wait for their acknowledgement at a time. */
const PRODUCERS = 32;
const MOST_PADDING_BYTES = 2000;

/** Bits of a pull's sysFlag: hold it, and here is the subscription. */
const SUSPEND_AND_SUBSCRIPTION = 6;

interface Producer {
  readonly number: number;
  sent: number;
  /** A message whose fate nobody knows is sent again, as SDKs do: that makes duplicates. */
  unsettled: string | undefined;
}

const idOf = (body: string): string => body.slice(0, body.indexOf(' '));

/** Sends and receives, whatever happens to the server. */
export class Load {
  readonly #producers: Producer[] = Array.from({ length: PRODUCERS }, (_, number) => ({
    number,
    sent: 0,
    unsettled: undefined,
  }));
  readonly #next = new Map<string, number>();

  constructor(
    private readonly ledger: Ledger,
    private readonly random: Random,
  ) {}

  /** Until the connection ends; over TCP and WebSocket. */
  async run(address: string): Promise<void> {
    const ports = nodePorts({ logger: silentLogger });
    const client = new RemotingClient({ name: 'load', defaultKind: 'tcp', drainTimeoutMs: 0 }, ports);
    await client.start();
    const dial = (index: number) => `${index % 2 === 0 ? 'tcp' : 'ws'}://${address}`;
    const consumers = TOPICS.flatMap((topic, each) =>
      Array.from({ length: QUEUES }, (_, queueId) => this.#consume(client, dial(each), topic, queueId)),
    );
    const producers = this.#producers.map((producer) => this.#produce(client, dial(producer.number), producer));
    await Promise.all([...producers, ...consumers]);
    await client.close();
  }

  async #produce(client: RemotingClient, address: string, producer: Producer): Promise<void> {
    for (;;) {
      const body = producer.unsettled ?? this.#compose(producer);
      producer.unsettled = body;
      const topic = TOPICS[producer.number % TOPICS.length]!;
      const answer = await answerOf(
        client.invoke(address, sendMessageV2, sendHeader(topic), { body: Buffer.from(body), timeoutMs: 10_000 }),
      );
      if (answer === undefined) return;
      if (answer.code !== ResponseCode.SUCCESS) {
        // A server that is about to close takes no more: what it refused it has not got.
        if (answer.code === ResponseCode.SERVICE_NOT_AVAILABLE || answer.code === ResponseCode.GO_AWAY) return;
        this.ledger.contradictions.push(`a send was answered ${answer.code}: ${answer.remark}`);
        return;
      }
      const { msgId, queueId, queueOffset } = answer.header!;
      const { physicalOffset } = decodeOffsetMessageId(msgId);
      this.ledger.acknowledge({ id: idOf(body), topic, queueId, queueOffset, physicalOffset });
      producer.unsettled = undefined;
    }
  }

  async #consume(client: RemotingClient, address: string, topic: string, queueId: number): Promise<void> {
    const queue = `${topic}/${queueId}`;
    for (;;) {
      const offset = this.#next.get(queue) ?? 0;
      const header = pullHeader(topic, queueId, offset);
      const answer = await answerOf(client.invoke(address, pullMessage, header, { timeoutMs: 10_000 }));
      if (answer === undefined) return;
      const { code } = answer;
      if (code === ResponseCode.SERVICE_NOT_AVAILABLE || code === ResponseCode.GO_AWAY) return;
      if (code === ResponseCode.PULL_OFFSET_MOVED && offset > 0)
        this.ledger.contradictions.push(
          `${queue} has ended before offset ${offset}, which was there: ${answer.remark}`,
        );
      if (code !== ResponseCode.SUCCESS) {
        // The topic comes into being with its first message.
        await new Promise((resolve) => setTimeout(resolve, 10));
        continue;
      }
      for (const { body, queueOffset } of records(answer.body))
        this.ledger.see(topic, queueId, queueOffset, idOf(Buffer.from(body).toString()));
      this.#next.set(queue, answer.header!.nextBeginOffset);
    }
  }

  #compose(producer: Producer): string {
    return `${producer.number}-${producer.sent++} ${'x'.repeat(randomInt(this.random, MOST_PADDING_BYTES))}`;
  }
}

/** Undefined when the connection ended or cannot be made. */
async function answerOf<Answer>(asked: Promise<Answer>): Promise<Answer | undefined> {
  try {
    return await asked;
  } catch (error) {
    if (error instanceof RemotingError) return undefined;
    throw error;
  }
}

const sendHeader = (topic: string) => ({
  producerGroup: 'crash-test',
  topic,
  defaultTopic: 'TBW102',
  defaultTopicQueueNums: QUEUES,
  queueId: -1,
  sysFlag: 0,
  bornTimestamp: Date.now(),
  flag: 0,
  properties: 'WAIT\u0001true\u0002',
  reconsumeTimes: 0,
  unitMode: false,
  batch: false,
});

export const pullHeader = (topic: string, queueId: number, queueOffset: number) => ({
  consumerGroup: 'crash-test',
  topic,
  queueId,
  queueOffset,
  maxMsgNums: 32,
  sysFlag: SUSPEND_AND_SUBSCRIPTION,
  commitOffset: 0,
  suspendTimeoutMillis: 2000,
  subscription: '*',
  subVersion: 0,
});
