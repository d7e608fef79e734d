import { type PreparedRequest, prepareRequest, ResponseCode, sendBatchMessage, sendMessageV2 } from '@cometmq/protocol';
import { type CallRequest, type Connection, RemotingError } from '@cometmq/remoting';
import { withoutScheme } from '../client/addresses.js';
import type { ClientInstance } from '../client/client-instance.js';
import { brokerError, RocketMQError, toRocketMQError } from '../client/errors.js';
import type { MessageQueue } from '../message/message-queue.js';
import type { SendStatus } from '../message/outgoing-message.js';
import type { PublishInfo } from '../routing/publish-info.js';
import { AUTO_CREATE_TOPIC, DEFAULT_TOPIC_QUEUE_NUMS } from '../routing/topic-routes.js';
import { LatencyFault } from './latency-fault.js';
import { PreparedSends } from './prepared-sends.js';
import { roundRobin } from './queue-selector.js';
import type { SendAnswer, SendCall, SendCallEvents } from './send-call.js';
import { type Sending, type SendPlan, type Stored, toSendResult } from './sending.js';

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
export class MessageSender implements SendCallEvents {
  readonly #faults: LatencyFault | undefined;
  readonly #prepared = new PreparedSends();

  constructor(
    private readonly instance: ClientInstance,
    private readonly options: SenderOptions,
    /** A message that was given to `post` has its result. */
    private readonly ended: () => void,
  ) {
    this.#faults = options.latencyFault ? new LatencyFault(instance.clock) : undefined;
  }

  /** Sends one message and settles its promise with the result or RocketMQError; its message names the tries. */
  post(call: SendCall, info: PublishInfo): void {
    const index = call.fixed ?? this.#pick(info, undefined);
    call.info = info;
    call.index = index;
    const address = info.addresses[index];
    const connection = address === undefined || call.signal !== undefined ? undefined : this.#connection(address);
    if (connection === undefined) return this.goOn(call, undefined);
    connection.start(call);
  }

  // ---- SendCallEvents

  request(call: SendCall): CallRequest {
    const { body, signal } = call;
    return { header: this.#header(call, call.queue), body, signal, extFields: undefined, afterGoAway: false };
  }

  prepared(call: SendCall): PreparedRequest {
    return this.#prepared.get(call.info!, call.index, call.message) ?? this.#prepare(call);
  }

  stored(call: SendCall): void {
    this.#faults?.answered(call.queue.brokerName, this.instance.clock.monotonic() - call.startedAt);
    this.ended();
  }

  goOn(call: SendCall, first: Promise<SendAnswer> | undefined): void {
    this.#try(call, call.info!, call, call.index, first).then(
      ({ status, header, queue }) => {
        this.ended();
        call.resolve(toSendResult(status, header, queue, call.message.msgId, call.userTopic));
      },
      (error: unknown) => {
        this.ended();
        call.reject(error);
      },
    );
  }

  // ----

  /** Throws RocketMQError; its message names the tries. */
  send(sending: Sending, info: PublishInfo, plan: SendPlan): Promise<Stored> {
    return this.#try(sending, info, plan, plan.fixed ?? this.#pick(info, undefined), undefined);
  }

  /** The first try is at the queue `index`; `first` is its answer when it has been made. */
  async #try(
    sending: Sending,
    info: PublishInfo,
    plan: SendPlan,
    index: number,
    first: Promise<SendAnswer> | undefined,
  ): Promise<Stored> {
    const { clock, routes } = this.instance;
    const tries = plan.fixed === undefined ? 1 + this.options.retries : 1;
    let failure: RocketMQError | undefined;
    let weak: Stored | undefined;
    let startedAt = plan.startedAt;
    let made = 0;
    while (made < tries) {
      if (made > 0) {
        startedAt = clock.monotonic();
        if (startedAt >= plan.deadlineAt) break;
        const before = info.queues[index]?.brokerName;
        info = routes.get(sending.topic)?.publish ?? info;
        index = plan.fixed ?? this.#pick(info, before);
      }
      const queue = info.queues[index];
      if (queue === undefined) break;
      const { brokerName } = queue;
      made++;
      try {
        const asked = made === 1 ? first : undefined;
        const answer = await (asked ?? this.#ask(sending, queue, info.addresses[index]!, plan, made > 1));
        this.#faults?.answered(brokerName, clock.monotonic() - startedAt);
        const stored = toStored(answer, queue);
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

  /** Undefined as well when there can be none: dialling says why. */
  #connection(address: string): Connection | undefined {
    try {
      return this.instance.connection(address);
    } catch {
      return undefined;
    }
  }

  #prepare(call: SendCall): PreparedRequest {
    const { message, queue } = call;
    const prepared = prepareRequest(sendMessageV2, this.#header(call, queue), {
      text: 'properties',
      textStart: message.start.text,
      number: 'bornTimestamp',
    });
    this.#prepared.set(call.info!, call.index, message, prepared);
    return prepared;
  }

  #ask(
    sending: Sending,
    queue: MessageQueue,
    address: string,
    { deadlineAt, signal }: SendPlan,
    again: boolean,
  ): Promise<SendAnswer> {
    const definition: SendDefinition = sending.batch ? (sendBatchMessage as unknown as SendDefinition) : sendMessageV2;
    const header = this.#header(sending, queue);
    // The first try takes the straight way; further ones the one that leaves connections whose server said GO_AWAY.
    const connection = again ? undefined : this.instance.connection(address);
    const options = { body: sending.body, deadlineAt, signal };
    return connection === undefined
      ? this.instance.remoting.invoke(address, definition, header, options)
      : connection.request(definition, header, options);
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
      reconsumeTimes: 0,
      unitMode: false,
      maxReconsumeTimes: undefined,
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
function toStored(answer: SendAnswer, queue: MessageQueue): Stored | undefined {
  const status = STATUS[answer.code];
  if (status === undefined) return undefined;
  const { header } = answer;
  if (header !== undefined) return { status, queue, header };
  throw new RocketMQError(
    'PROTOCOL',
    `the broker stored a message to ${queue.topic} (${status}) but did not say where`,
  );
}
