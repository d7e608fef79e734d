import {
  decodeHeader,
  type FrameWriter,
  type PreparedRequest,
  type RemotingCommand,
  type RequestDefinition,
  ResponseCode,
  sendMessageV2,
  type VaryingValues,
} from '@cometmq/protocol';
import { type Answer, Call, type CallRequest, toAnswer } from '@cometmq/remoting';
import type { MessageQueue } from '../message/message-queue.js';
import type { SendResult } from '../message/outgoing-message.js';
import type { PublishInfo } from '../routing/publish-info.js';
import type { EncodedMessage } from './encoded-message.js';
import { type Sending, type SendPlan, toSendResult } from './sending.js';

export type SendAnswer = Answer<typeof sendMessageV2>;

/** Who sends the calls. */
export interface SendCallEvents {
  /** For what the call cannot do itself. */
  request(call: SendCall): CallRequest;
  /** The call's header. Throws ProtocolError. */
  prepared(call: SendCall): PreparedRequest;
  /** The first try did not end plainly: further tries, or what the first one means. */
  goOn(call: SendCall, first: Promise<SendAnswer> | undefined): void;
  /** The broker has stored the message. */
  stored(call: SendCall): void;
}

/** Filled by `take` when a promise is made: its two ends are kept without a closure per message. */
let settlers: { resolve: (result: SendResult) => void; reject: (error: unknown) => void };
const take = (resolve: (typeof settlers)['resolve'], reject: (typeof settlers)['reject']) => {
  settlers = { resolve, reject };
};

/**
 * One message from `send` to its result: the request of the first try and the user's promise in one object. All but the
 * plain case (stored at once) is `SendCallEvents.goOn`'s.
 */
export class SendCall extends Call implements Sending, SendPlan, VaryingValues {
  readonly promise: Promise<SendResult>;
  readonly resolve: (result: SendResult) => void;
  readonly reject: (error: unknown) => void;
  /** The queue of the first try; set before it. */
  info: PublishInfo | undefined = undefined;
  index = -1;
  /** The user or the sharding key asks for this queue. */
  fixed: number | undefined = undefined;

  constructor(
    private readonly events: SendCallEvents,
    readonly topic: string,
    readonly message: EncodedMessage,
    /** What the user calls the topic. */
    readonly userTopic: string,
    readonly signal: AbortSignal | undefined,
    startedAt: number,
    deadlineAt: number,
  ) {
    super(sendMessageV2, message.body.length, startedAt, deadlineAt);
    this.promise = new Promise(take);
    this.resolve = settlers.resolve;
    this.reject = settlers.reject;
  }

  get queue(): MessageQueue {
    return this.info!.queues[this.index]!;
  }

  // ---- Sending

  readonly batch = false;

  get body(): Uint8Array {
    return this.message.body;
  }

  get properties(): string {
    return this.message.properties;
  }

  get sysFlag(): number {
    return this.message.sysFlag;
  }

  // ---- VaryingValues

  get text(): string {
    return this.message.rest;
  }

  get number(): number {
    return this.message.bornTimestamp;
  }

  // ---- Call

  get request(): CallRequest {
    return this.events.request(this);
  }

  write(writer: FrameWriter): void {
    writer.writePrepared(this.events.prepared(this), this.opaque, this, this.message.body);
  }

  answered(command: RemotingCommand, address: string): void {
    const result = command.code === ResponseCode.SUCCESS ? this.#result(command) : undefined;
    if (result === undefined) {
      this.handedOver(new Promise((resolve) => resolve(toAnswer(this.definition, command, address))));
    } else {
      this.events.stored(this);
      this.resolve(result);
    }
  }

  failed(error: Error): void {
    this.handedOver(Promise.reject(error));
  }

  handedOver(answer: Promise<Answer<RequestDefinition>>): void {
    this.events.goOn(this, answer as Promise<SendAnswer>);
  }

  /** Undefined: the answer is not what a plain one is. */
  #result(command: RemotingCommand): SendResult | undefined {
    try {
      const header = decodeHeader(sendMessageV2.response, command);
      return toSendResult('SEND_OK', header, this.queue, this.message.msgId, this.userTopic);
    } catch {
      return undefined;
    }
  }
}
