import { lockBatchMq, lockBatchRequestBody, lockBatchResponseBody, ResponseCode, unlockBatchMq, unlockBatchRequestBody } from '@cometmq/protocol';
import { every, type Timer } from '@cometmq/runtime';
import type { ClientInstance } from '../../client/client-instance.js';
import { type MessageQueue, queueKey } from '../../message/message-queue.js';
import type { AssignedQueue } from '../assigned-queue.js';

const LOCK_TIMEOUT_MS = 1000;
const RENEW_EVERY_MS = 20_000;
/** A lock not confirmed for so long counts as lost: the broker's own expiry is 60 s (client-behaviour 10). */
export const LOCK_LOST_AFTER_MS = 30_000;

function byBroker(queues: Iterable<MessageQueue>): Map<string, MessageQueue[]> {
  const grouped = new Map<string, MessageQueue[]>();
  for (const queue of queues) grouped.set(queue.brokerName, [...(grouped.get(queue.brokerName) ?? []), queue]);
  return grouped;
}

/** The broker's locks that make one instance the only consumer of a queue of an orderly group. */
export class QueueLocks {
  #renewal: Timer | undefined;

  constructor(
    private readonly client: ClientInstance,
    private readonly group: string,
    private readonly owned: () => Iterable<AssignedQueue>,
  ) {}

  start(): void {
    this.#renewal = every(this.client.clock, RENEW_EVERY_MS, () => this.#renew(), {
      onError: (error) => this.client.logger.warn('renewing queue locks failed', { group: this.group, error }),
    });
  }

  close(): void {
    this.#renewal?.cancel();
  }

  /** Whether handlers may run on the queue now. */
  holds(queue: AssignedQueue): boolean {
    return this.client.clock.monotonic() - queue.lockedAt < LOCK_LOST_AFTER_MS;
  }

  /** Asks for locks; those of the queues that were given, by {@link queueKey}. */
  async lock(queues: readonly MessageQueue[]): Promise<Set<string>> {
    const given = new Set<string>();
    await Promise.all(
      [...byBroker(queues)].map(async ([brokerName, mqSet]) => {
        try {
          const body = lockBatchRequestBody.encode({ consumerGroup: this.group, clientId: this.client.clientId, mqSet, onlyThisBroker: false });
          const answer = await this.client.invokeBroker(brokerName, lockBatchMq, {}, { body, timeoutMs: LOCK_TIMEOUT_MS });
          if (answer.code !== ResponseCode.SUCCESS) return;
          for (const queue of lockBatchResponseBody.decode(answer.body).lockOKMQSet) given.add(queueKey(queue));
        } catch (error) {
          this.client.logger.debug('a broker did not answer a request for locks', { broker: brokerName, group: this.group, error });
        }
      }),
    );
    return given;
  }

  /** Gives locks back without waiting; a broker that does not hear it lets them expire. */
  async unlock(queues: readonly MessageQueue[]): Promise<void> {
    await Promise.all(
      [...byBroker(queues)].map(async ([brokerName, mqSet]) => {
        const master = this.client.brokers.master(brokerName);
        if (master === undefined) return;
        const body = unlockBatchRequestBody.encode({ consumerGroup: this.group, clientId: this.client.clientId, mqSet, onlyThisBroker: false });
        await this.client.oneway(master, unlockBatchMq, {}, { body }).catch((error: unknown) => {
          this.client.logger.debug('giving locks back failed; they expire', { broker: brokerName, group: this.group, error });
        });
      }),
    );
  }

  async #renew(): Promise<void> {
    const owned = [...this.owned()];
    const askedAt = this.client.clock.monotonic();
    const given = await this.lock(owned.map(({ queue }) => queue));
    for (const assigned of owned) if (given.has(queueKey(assigned.queue))) assigned.lockedAt = askedAt;
  }
}
