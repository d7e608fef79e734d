import type { ClientInstance } from '../../client/client-instance.js';
import type { AssignedQueue, PulledMessage } from '../assigned-queue.js';
import type { ConsumerEvents } from '../consumer-events.js';
import type { Verdict } from '../verdict.js';
import type { Lane } from './lane.js';
import type { SendBack } from './send-back.js';

/** Takes what was pulled. */
export interface Dispatcher {
  /** Messages whose handlers run now. */
  readonly inFlight: number;
  start(): void;
  /** Messages of an owned queue, in order. */
  submit(assigned: AssignedQueue, messages: PulledMessage[]): void;
  /** No new handler starts; resolves when the running ones have ended, or at the monotonic `deadline`, when they are abandoned. */
  drain(deadline: number): Promise<void>;
  /** Gives one message to its handler, beside all the others; undefined: it has none. For an administrator's request. */
  consumeNow?(message: PulledMessage): Promise<DirectOutcome> | undefined;
}

/** What became of a message that was consumed by an administrator's request. */
export interface DirectOutcome {
  readonly verdict: Verdict;
  /** What the handler threw. */
  readonly error: unknown;
}

/** Brings pulled messages to the handlers of lanes and their verdicts to effect. */
export interface LaneDispatcher extends Dispatcher {
  /** A stream has a subscriber (again): what waits for it can go on. */
  laneOpened(lane: Lane): void;
  /** A stream has lost its subscriber: what it has not settled waits for the next one. */
  laneShut(lane: Lane): void;
  /** The lane is gone: what waits for it or was not settled is given back. */
  laneClosed(lane: Lane): void;
}

/** What dispatchers work with. */
export interface DispatchEnvironment {
  readonly client: ClientInstance;
  /** As the user knows it. */
  readonly group: string;
  readonly events: ConsumerEvents;
  /** Handlers (orderly: queues) at once. */
  readonly concurrency: number;
  readonly maxReconsumeTimes: number;
  /** Undefined: broadcasting, where nothing is sent back. */
  readonly sendBack: SendBack | undefined;
  /** Whether a message that was not consumed comes again at all: not with concurrent broadcasting. */
  readonly retries: boolean;
  /** Who gets a message; undefined: nobody here. */
  laneFor(message: PulledMessage): Lane | undefined;
  isSubscribed(topic: string): boolean;
}

/** A verdict other than ack, to those who watch. */
export function tell(environment: DispatchEnvironment, message: PulledMessage, verdict: Verdict): void {
  const { events } = environment;
  if (comesAgain(environment, message, verdict)) {
    events.emit({ type: 'retry', message, delay: verdict.action === 'retry' ? verdict.delay : undefined });
  } else {
    const reason =
      verdict.action === 'reject' ? verdict.reason : `consumed ${message.reconsumeTimes + 1} times in vain`;
    events.emit({ type: 'deadLetter', message, reason });
  }
}

/** A retry whose handler went with an older version, mostly: who reads the log can bring it back, or let it become a dead letter. */
export function warnOfUnwanted({ client, group }: DispatchEnvironment, message: PulledMessage): void {
  const { topic, tags, msgId } = message;
  client.logger.warn(
    'no handler here takes a message; it is given back to the group, and goes to the dead letters when nobody takes it: add a handler for its topic and tag',
    { group, topic, ...(tags !== undefined && { tags }), msgId },
  );
}

/** Whether the message will be seen again: not when it is rejected, and not after its last try. */
export function comesAgain(
  { retries, maxReconsumeTimes }: DispatchEnvironment,
  message: PulledMessage,
  verdict: Verdict,
): boolean {
  return retries && verdict.action === 'retry' && message.reconsumeTimes < maxReconsumeTimes;
}
