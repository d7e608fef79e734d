import { queryConsumerOffset, ResponseCode, updateConsumerOffset } from '@cometmq/protocol';
import type { ClientInstance } from '../../client/client-instance.js';
import { brokerError } from '../../client/errors.js';
import type { MessageQueue } from '../../message/message-queue.js';
import type { LoadOptions, OffsetStore } from './offset-store.js';

const TIMEOUT_MS = 5000;

/** Offsets on the broker: asked with QUERY_CONSUMER_OFFSET, stored one-way with UPDATE_CONSUMER_OFFSET (client-behaviour 8). */
export class BrokerOffsets implements OffsetStore {
  constructor(
    private readonly client: ClientInstance,
    private readonly group: string,
  ) {}

  async load(queue: MessageQueue, { exact = false }: LoadOptions = {}): Promise<number | undefined> {
    const header = {
      consumerGroup: this.group,
      topic: queue.topic,
      queueId: queue.queueId,
      setZeroIfNotFound: exact ? false : undefined,
    };
    const options = { timeoutMs: TIMEOUT_MS };
    const answer = await this.client.invokeBroker(queue.brokerName, queryConsumerOffset, header, options);
    if (answer.code === ResponseCode.QUERY_NOT_FOUND) return undefined;
    if (answer.code !== ResponseCode.SUCCESS) throw brokerError(queryConsumerOffset.name, queue.brokerName, answer);
    const offset = answer.header?.offset ?? -1;
    // ali-ons stores -1 where it knows none.
    return offset < 0 ? undefined : offset;
  }

  async save(offsets: readonly { readonly queue: MessageQueue; readonly offset: number }[]): Promise<void> {
    await Promise.all(offsets.map(({ queue, offset }) => this.#saveOne(queue, offset)));
  }

  /** Stores one offset and waits until the broker has it. Rejects with RocketMQError when it does not. */
  async commit(queue: MessageQueue, offset: number): Promise<void> {
    const header = this.#header(queue, offset);
    const options = { timeoutMs: TIMEOUT_MS };
    const answer = await this.client.invokeBroker(queue.brokerName, updateConsumerOffset, header, options);
    if (answer.code !== ResponseCode.SUCCESS) throw brokerError(updateConsumerOffset.name, queue.brokerName, answer);
  }

  async #saveOne(queue: MessageQueue, offset: number): Promise<void> {
    const broker = this.client.brokers.find(queue.brokerName);
    if (broker === undefined) return;
    try {
      await this.client.oneway(broker.address, updateConsumerOffset, this.#header(queue, offset));
    } catch (error) {
      const fields = { ...queue, group: this.group, offset, error };
      this.client.logger.debug('storing an offset failed; the next round stores it', fields);
    }
  }

  #header({ topic, queueId }: MessageQueue, commitOffset: number) {
    return { consumerGroup: this.group, topic, queueId, commitOffset };
  }
}
