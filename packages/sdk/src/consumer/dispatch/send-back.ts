import { consumerSendMsgBack, DEFAULT_DELAY_LEVELS, parseDelayLevels, ResponseCode } from '@cometmq/protocol';
import type { ClientInstance } from '../../client/client-instance.js';
import { brokerError } from '../../client/errors.js';
import type { RetryDelay } from '../../message/consume-result.js';
import type { PulledMessage } from '../assigned-queue.js';

const SEND_BACK_TIMEOUT_MS = 5000;
const TO_DEAD_LETTERS = -1;
/** The broker's own schedule: level 3 + reconsumeTimes. */
const BROKER_DECIDES = 0;

const levelsMs = parseDelayLevels(DEFAULT_DELAY_LEVELS);

/**
 * The delay level for a wish: the shortest that is not too early, the longest (2 h) for anything beyond. Brokers know
 * levels only; one with a `messageDelayLevel` of its own delays as that says.
 */
export function delayLevel(delay: RetryDelay | undefined): number {
  if (delay === undefined) return BROKER_DECIDES;
  if ('level' in delay) return delay.level;
  const index = levelsMs.findIndex((ms) => ms >= delay.afterMs);
  return index < 0 ? levelsMs.length : index + 1;
}

/** The time a wish stands for. */
export function delayMs(delay: RetryDelay): number {
  return 'afterMs' in delay ? delay.afterMs : (levelsMs[Math.min(delay.level, levelsMs.length) - 1] ?? 0);
}

/** Gives messages back to the broker, to come again by `%RETRY%<group>` or to end in `%DLQ%<group>` (client-behaviour 9). */
export class SendBack {
  constructor(
    private readonly client: ClientInstance,
    private readonly group: string,
    private readonly maxReconsumeTimes: number,
  ) {}

  /** The message comes again after `delay`, or after the broker's schedule. Rejects when the broker did not take it. */
  retry(message: PulledMessage, delay: RetryDelay | undefined): Promise<void> {
    return this.#send(message, delayLevel(delay));
  }

  toDeadLetters(message: PulledMessage): Promise<void> {
    return this.#send(message, TO_DEAD_LETTERS);
  }

  async #send(message: PulledMessage, level: number): Promise<void> {
    const { record, queue } = message;
    const header = {
      offset: record.physicalOffset,
      group: this.group,
      delayLevel: level,
      originMsgId: message.offsetMsgId,
      originTopic: queue.topic,
      unitMode: false,
      maxReconsumeTimes: Number.isFinite(this.maxReconsumeTimes) ? this.maxReconsumeTimes : 16,
    };
    const answer = await this.client.invokeBroker(queue.brokerName, consumerSendMsgBack, header, {
      timeoutMs: SEND_BACK_TIMEOUT_MS,
    });
    if (answer.code !== ResponseCode.SUCCESS) throw brokerError(consumerSendMsgBack.name, queue.brokerName, answer);
  }
}
