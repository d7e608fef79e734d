import { type FrameBody, ResponseCode, type ResponseHeader, sendBatchMessage, sendMessageV2 } from '@cometmq/protocol';
import { type Answer, RemotingError } from '@cometmq/remoting';
import { withoutScheme } from '../client/addresses.js';
import type { ClientInstance } from '../client/client-instance.js';
import { brokerError, RocketMQError, toRocketMQError } from '../client/errors.js';
import type { MessageQueue } from '../message/message-queue.js';
import type { SendResult, SendStatus } from '../message/outgoing-message.js';
import type { PublishInfo } from '../routing/publish-info.js';
import { AUTO_CREATE_TOPIC, DEFAULT_TOPIC_QUEUE_NUMS } from '../routing/topic-routes.js';
import { LatencyFault } from './latency-fault.js';
import { roundRobin } from './queue-selector.js';

/** What is sent in one request: a message, or several of one topic. */
export interface Sending {
  /** As the servers know it. */
  readonly topic: string;
  readonly body: FrameBody;
  readonly properties: string;
  readonly sysFlag: number;
  readonly batch: boolean;
  /** For `%RETRY%` topics only: what the broker counts by (client-behaviour 2.3). */
  readonly reconsumeTimes?: number;
  readonly maxReconsumeTimes?: number;
}

export interface SendPlan {
  /** Index into the queues of the route; undefined: round robin and further tries. */
  readonly fixed: number | undefined;
  readonly startedAt: number;
  /** Monotonic. */
  readonly deadlineAt: number;
  readonly signal: AbortSignal | undefined;
}

/** What the broker said about a message it has stored. */
export interface Stored {
  readonly status: SendStatus;
  readonly queue: MessageQueue;
  readonly queueOffset: number;
  /** Of a batch: several, comma between. */
  readonly offsetMsgId: string;
  readonly transactionId: string | undefined;
  readonly recallHandle: string | undefined;
}

export interface SenderOptions {
  /** As the servers know it. */
  readonly group: string;
  readonly retries: number;
  readonly retryOtherBroker: boolean;
  readonly latencyFault: boolean;
}

/** Answers after which Apache's producer tries another broker (DefaultMQProducer.retryResponseCodes, 5.3.1). */
const RETRY_CODES: ReadonlySet<number> = new Set([
  ResponseCode.TOPIC_NOT_EXIST,
  ResponseCode.SERVICE_NOT_AVAILABLE,
  ResponseCode.SYSTEM_ERROR,
  ResponseCode.SYSTEM_BUSY,
  ResponseCode.NO_PERMISSION,
  ResponseCode.NO_BUYER_ID,
  ResponseCode.NOT_IN_CURRENT_UNIT,
  ResponseCode.GO_AWAY,
]);
/** Of those, the ones a newer route may mend. */
const ROUTE_CODES: ReadonlySet<number> = new Set([
  ResponseCode.TOPIC_NOT_EXIST,
  ResponseCode.NO_PERMISSION,
  ResponseCode.SERVICE_NOT_AVAILABLE,
]);

const STATUS: Readonly<Record<number, SendStatus>> = {
  [ResponseCode.SUCCESS]: 'SEND_OK',
  [ResponseCode.FLUSH_DISK_TIMEOUT]: 'FLUSH_DISK_TIMEOUT',
  [ResponseCode.FLUSH_SLAVE_TIMEOUT]: 'FLUSH_SLAVE_TIMEOUT',
  [ResponseCode.SLAVE_NOT_AVAILABLE]: 'SLAVE_NOT_AVAILABLE',
};

type SendDefinition = typeof sendMessageV2;

/**
 * Sends to the queues of a topic with the tries of Apache's synchronous send (client-behaviour 2.3): 1 + retries, each at
 * another broker than the last where there is one, after a failure to reach it and after the codes above; all within one
 * deadline. The message keeps its id over all tries, so a message that was stored twice can be told.
 */
export class MessageSender {
  readonly #faults: LatencyFault | undefined;

  constructor(
    private readonly instance: ClientInstance,
    private readonly options: SenderOptions,
  ) {
    this.#faults = options.latencyFault ? new LatencyFault(instance.clock) : undefined;
  }

  /** Throws RocketMQError; its message names the tries. */
  async send(sending: Sending, info: PublishInfo, plan: SendPlan): Promise<Stored> {
    const { clock, routes } = this.instance;
    const tries = plan.fixed === undefined ? 1 + this.options.retries : 1;
    let brokerName: string | undefined;
    let failure: RocketMQError | undefined;
    let weak: Stored | undefined;
    let startedAt = plan.startedAt;
    let made = 0;
    while (made < tries) {
      if (made > 0) {
        startedAt = clock.monotonic();
        if (startedAt >= plan.deadlineAt) break;
        info = routes.get(sending.topic)?.publish ?? info;
      }
      const index = plan.fixed ?? this.#pick(info, brokerName);
      const queue = info.queues[index];
      if (queue === undefined) break;
      brokerName = queue.brokerName;
      made++;
      try {
        const answer = await this.#ask(sending, queue, info.addresses[index]!, plan, startedAt, made > 1);
        this.#faults?.answered(brokerName, clock.monotonic() - startedAt);
        const stored = toStored(answer, info, index);
        if (stored !== undefined) {
          if (stored.status === 'SEND_OK' || !this.options.retryOtherBroker) return stored;
          weak = stored;
          continue;
        }
        failure = brokerError(
          `a message to ${sending.topic} (queue ${queue.queueId} on ${brokerName})`,
          withoutScheme(info.addresses[index]!),
          answer,
        );
        if (ROUTE_CODES.has(answer.code)) routes.suspect(sending.topic);
        if (!RETRY_CODES.has(answer.code)) break;
      } catch (error) {
        failure = toRocketMQError(error, `sending to ${sending.topic} (queue ${queue.queueId} on ${brokerName})`);
        if (!(error instanceof RemotingError) || error.code === 'ABORTED' || error.code === 'BAD_ADDRESS') break;
        this.#faults?.failed(brokerName);
        routes.suspect(sending.topic);
      }
    }
    if (weak !== undefined) return weak;
    throw this.#failed(sending, failure, made, plan);
  }

  /** No answer is awaited; rejects when the message could not be handed to a connection. */
  async sendOneway(sending: Sending, info: PublishInfo, plan: SendPlan): Promise<void> {
    const index = plan.fixed ?? this.#pick(info, undefined);
    const queue = info.queues[index]!;
    const address = info.addresses[index]!;
    const connection = this.instance.connection(address);
    const header = this.#header(sending, queue);
    const definition: SendDefinition = sending.batch ? (sendBatchMessage as unknown as SendDefinition) : sendMessageV2;
    try {
      if (connection !== undefined) connection.oneway(definition, header, { body: sending.body });
      else
        await this.instance.remoting.oneway(address, definition, header, {
          body: sending.body,
          deadlineAt: plan.deadlineAt,
          signal: plan.signal,
        });
    } catch (error) {
      throw toRocketMQError(error, `sending to ${sending.topic} (queue ${queue.queueId} on ${queue.brokerName})`);
    }
  }

  #pick(info: PublishInfo, avoid: string | undefined): number {
    info.cursor = (info.cursor + 1) & 0x3fff_ffff;
    return roundRobin(info.queues, info.cursor, avoid, this.#faults?.usable);
  }

  #ask(
    sending: Sending,
    queue: MessageQueue,
    address: string,
    plan: SendPlan,
    now: number,
    again: boolean,
  ): Promise<Answer<SendDefinition>> {
    const definition: SendDefinition = sending.batch ? (sendBatchMessage as unknown as SendDefinition) : sendMessageV2;
    const header = this.#header(sending, queue);
    // The first try takes the straight way; further ones the one that leaves connections whose server said GO_AWAY.
    const connection = again ? undefined : this.instance.connection(address);
    const { body } = sending;
    return connection === undefined
      ? this.instance.remoting.invoke(address, definition, header, {
          body,
          deadlineAt: plan.deadlineAt,
          signal: plan.signal,
        })
      : connection.request(definition, header, { body, timeoutMs: plan.deadlineAt - now, signal: plan.signal });
  }

  #header(sending: Sending, queue: MessageQueue) {
    return {
      producerGroup: this.options.group,
      topic: sending.topic,
      defaultTopic: AUTO_CREATE_TOPIC,
      defaultTopicQueueNums: DEFAULT_TOPIC_QUEUE_NUMS,
      queueId: queue.queueId,
      sysFlag: sending.sysFlag,
      bornTimestamp: this.instance.clock.now(),
      flag: 0,
      properties: sending.properties,
      reconsumeTimes: sending.reconsumeTimes ?? 0,
      unitMode: false,
      maxReconsumeTimes: sending.maxReconsumeTimes,
      batch: sending.batch,
      bname: queue.brokerName,
    };
  }

  #failed(sending: Sending, failure: RocketMQError | undefined, made: number, plan: SendPlan): RocketMQError {
    if (failure === undefined) {
      return new RocketMQError('NO_QUEUE', `topic ${sending.topic} has no queue that can be written now`);
    }
    if (made <= 1) return failure;
    const elapsedMs = Math.round(this.instance.clock.monotonic() - plan.startedAt);
    return new RocketMQError(
      failure.code,
      `${failure.message} (try ${made} of ${1 + this.options.retries}, ${elapsedMs} ms)`,
      {
        cause: failure,
        responseCode: failure.responseCode,
        retryable: failure.retryable,
      },
    );
  }
}

/** Undefined: the broker did not store the message. */
function toStored(answer: Answer<SendDefinition>, info: PublishInfo, index: number): Stored | undefined {
  const status = STATUS[answer.code];
  if (status === undefined) return undefined;
  const header: ResponseHeader<SendDefinition> | undefined = answer.header;
  if (header === undefined) {
    throw new RocketMQError(
      'PROTOCOL',
      `the broker stored a message to ${info.topic} (${status}) but did not say where`,
    );
  }
  const asked = info.queues[index]!;
  // The broker may put it elsewhere (queueId -1 in static topics).
  const queue = header.queueId === asked.queueId ? asked : { ...asked, queueId: header.queueId };
  return {
    status,
    queue,
    queueOffset: header.queueOffset,
    offsetMsgId: header.msgId,
    transactionId: header.transactionId,
    recallHandle: header.recallHandle,
  };
}

/** What the user gets of a stored message; `userTopic` when the topic carries a namespace. */
export function toSendResult(stored: Stored, msgId: string, userTopic: string | undefined): SendResult {
  const { status, queueOffset, offsetMsgId, transactionId, recallHandle } = stored;
  const queue = userTopic === undefined ? stored.queue : { ...stored.queue, topic: userTopic };
  const result = { status, msgId, offsetMsgId, queue, queueOffset };
  if (transactionId === undefined && recallHandle === undefined) return result;
  return {
    ...result,
    ...(transactionId !== undefined && { transactionId }),
    ...(recallHandle !== undefined && { recallHandle }),
  };
}
