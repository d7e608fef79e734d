import type { ObservableInput } from 'rxjs';
import type { ClientInstance } from '../../client/client-instance.js';
import { type ConsumeResult, RejectMessageError } from '../../message/consume-result.js';
import type { MessageQueue } from '../../message/message-queue.js';
import type { MessageView } from '../../message/message-view.js';
import { completion } from '../../rx/completion.js';
import type { PulledMessage } from '../assigned-queue.js';
import { ACK, isPromise, isStream, unreadableBody, type Verdict, verdictOf, verdictOfError } from '../verdict.js';
import { comesAgain, type DirectOutcome, type DispatchEnvironment } from './dispatcher.js';
import type { Lane, LaneCall } from './lane.js';

/** One call of a handler: what it gets as its context, and how it ends, once. */
export class HandlerCall implements LaneCall {
  /** Monotonic; set when the call does not end at once. */
  startedAt = 0;
  /** What the handler threw. */
  error: unknown;
  /** Undefined while it runs and when it was abandoned. */
  verdict: Verdict | undefined;
  decided = false;
  #ended = false;
  #abandoned: Error | undefined;
  #controller: AbortController | undefined;

  constructor(
    readonly group: string,
    readonly lane: Lane,
    readonly messages: readonly PulledMessage[],
    /** Called once; without a verdict the call was abandoned. */
    private readonly onEnd: (call: HandlerCall) => void,
  ) {}

  get ended(): boolean {
    return this.#ended;
  }

  get queue(): MessageQueue {
    return this.messages[0]!.queue;
  }

  get attempt(): number {
    return this.messages[0]!.reconsumeTimes + 1;
  }

  /** Made when it is asked for: most handlers never do. */
  get signal(): AbortSignal {
    if (this.#controller === undefined) {
      this.#controller = new AbortController();
      if (this.#abandoned !== undefined) this.#controller.abort(this.#abandoned);
    }
    return this.#controller.signal;
  }

  /** The first verdict counts. */
  end(verdict: Verdict): void {
    if (this.#ended) return;
    this.#ended = true;
    this.verdict = verdict;
    this.onEnd(this);
  }

  /** Nobody waits for the verdict any more: a time-out, a stream's end, or a close that gave up. */
  abandon(reason: Error): void {
    if (this.#ended) return;
    this.#ended = true;
    this.#abandoned = reason;
    this.#controller?.abort(reason);
    this.onEnd(this);
  }
}

/** Runs the handler to its verdict; a synchronous one has ended when this returns, so that it costs no promise. */
export function runHandler(environment: DispatchEnvironment, call: HandlerCall): void {
  const { client } = environment;
  try {
    const plain =
      client.hooks?.consume === undefined && client.metrics === undefined && client.tracing?.consume.heard !== true;
    judge(environment, call, plain ? call.lane.run(call) : observed(client, call));
  } catch (error) {
    fail(environment, call, error);
  }
}

function judge(environment: DispatchEnvironment, call: HandlerCall, value: unknown): void {
  if (isPromise(value)) {
    value.then(
      (later) => judge(environment, call, later),
      (error: unknown) => fail(environment, call, error),
    );
  } else if (isStream(value)) {
    judge(environment, call, completion(value as ObservableInput<unknown>, call.signal));
  } else {
    call.end(verdictOf(value));
  }
}

function fail(environment: DispatchEnvironment, call: HandlerCall, error: unknown): void {
  // Late: whoever gave the call up has told why.
  if (call.ended) return;
  const { client, events, group } = environment;
  const verdict = verdictOfError(error);
  call.error = error;
  for (const message of call.messages) {
    events.emit({ type: 'error', message, error, willRetry: comesAgain(environment, message, verdict) });
  }
  const [first] = call.messages;
  const fields = { group, topic: first!.topic, msgId: first!.msgId, messages: call.messages.length, error };
  if (verdict.action === 'reject')
    client.logger.info('a handler refused a message; it goes to the dead letters', fields);
  else client.logger.warn('a handler failed; its message is consumed again later', fields);
  call.end(verdict);
}

/** One call beside all others, without effect on the queue's progress; undefined when nobody here gets the message. */
export function consumeNow(
  environment: DispatchEnvironment,
  message: PulledMessage,
): Promise<DirectOutcome> | undefined {
  const lane = environment.laneFor(message);
  if (lane === undefined) return undefined;
  return new Promise((resolve) => {
    const onEnd = ({ error, verdict = ACK }: HandlerCall) => resolve({ verdict, error });
    runHandler(environment, new HandlerCall(environment.group, lane, [message], onEnd));
  });
}

/** The messages of a failed batch whose bodies made it fail: the others are none the worse for them. */
export function unreadableOf(call: HandlerCall): PulledMessage[] {
  if (call.messages.length === 1 || !(call.error instanceof RejectMessageError)) return [];
  return call.messages.filter((message) => unreadableBody(message) !== undefined);
}

/** With hooks, listeners or metrics: they are told message by message, around one call; the user's hook outermost. */
function observed(client: ClientInstance, call: HandlerCall): Promise<ConsumeResult> {
  const { hooks, metrics, tracing } = client;
  let next = async (): Promise<ConsumeResult> => {
    const value = await call.lane.run(call);
    return verdictOf(isStream(value) ? await completion(value as ObservableInput<unknown>, call.signal) : value);
  };
  if (metrics !== undefined) next = measured(client, call, next);
  for (const message of call.messages as readonly MessageView[]) {
    const inner = next;
    const traced =
      tracing?.consume.heard === true ? () => tracing.consume.trace(inner, { group: call.group, message }) : inner;
    next = hooks?.consume === undefined ? traced : () => hooks.consume!(message, traced);
  }
  return next();
}

function measured(
  { clock, metrics }: ClientInstance,
  call: HandlerCall,
  run: () => Promise<ConsumeResult>,
): () => Promise<ConsumeResult> {
  return async () => {
    const startedAt = clock.monotonic();
    let outcome = 'error';
    try {
      const verdict = verdictOf(await run());
      outcome = verdict.action;
      return verdict;
    } finally {
      const labels = { topic: call.messages[0]!.topic, group: call.group, outcome };
      metrics?.count('rocketmq_client_consumes_total', call.messages.length, labels);
      metrics?.time('rocketmq_client_consume_ms', clock.monotonic() - startedAt, labels);
    }
  };
}
