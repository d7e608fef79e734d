import type { ConsumeResult } from '../message/consume-result.js';
import type { MessageView } from '../message/message-view.js';
import type { OutgoingMessage, SendResult } from '../message/outgoing-message.js';

/**
 * Names of the tracing channels; each has the events start, end, asyncStart, asyncEnd and error of node:diagnostics_channel.
 * In a browser nothing goes over them.
 */
export const SEND_CHANNEL = 'rocketmq:send';
export const CONSUME_CHANNEL = 'rocketmq:consume';

/** What goes over the channel `rocketmq:send`. */
export interface SendTrace {
  readonly group: string;
  readonly message: OutgoingMessage;
}

/** What goes over the channel `rocketmq:consume`. */
export interface ConsumeTrace {
  readonly group: string;
  readonly message: MessageView;
}

/** One kind of operation that tools may follow from its start to its end or failure. */
export interface TracingChannel<Context extends object, Result> {
  /** False when nobody listens: callers then do without `trace`. */
  readonly heard: boolean;
  trace(operation: () => Promise<Result>, context: Context): Promise<Result>;
}

/** Channels that other tools of the process listen to (Node's diagnostics_channel). */
export interface Tracing {
  readonly send: TracingChannel<SendTrace, SendResult>;
  readonly consume: TracingChannel<ConsumeTrace, ConsumeResult>;
}
