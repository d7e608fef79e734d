import type { ObservableInput } from 'rxjs';
import type { ClientInstance } from '../../client/client-instance.js';
import type { ConsumeResult } from '../../message/consume-result.js';
import type { MessageQueue } from '../../message/message-queue.js';
import type { MessageView } from '../../message/message-view.js';
import type { PulledMessage } from '../assigned-queue.js';
import type { HandlerContext } from '../handler.js';
import type { Lane } from './lane.js';
import { isPromise, isStream, type Verdict, verdictOf, verdictOfError } from '../verdict.js';

/** One call of a handler: what it gets as its context, and what times it. */
export class HandlerCall implements HandlerContext {
  /** Set when nobody waits for the verdict any more: a time-out, or a close that gave up. */
  abandoned = false;
  #controller: AbortController | undefined;

  constructor(
    readonly group: string,
    readonly lane: Lane,
    readonly messages: readonly PulledMessage[],
    /** Monotonic. */
    readonly startedAt: number,
  ) {}

  get queue(): MessageQueue {
    return this.messages[0]!.queue;
  }

  get attempt(): number {
    return this.messages[0]!.reconsumeTimes + 1;
  }

  /** Made when it is asked for: most handlers never do. */
  get signal(): AbortSignal {
    this.#controller ??= new AbortController();
    if (this.abandoned && !this.#controller.signal.aborted) this.#controller.abort();
    return this.#controller.signal;
  }

  abandon(reason: Error): void {
    this.abandoned = true;
    this.#controller?.abort(reason);
  }
}

async function completion(stream: ObservableInput<unknown>): Promise<unknown> {
  const { from, lastValueFrom } = await import('rxjs');
  return lastValueFrom(from(stream), { defaultValue: undefined });
}

function settled(client: ClientInstance, call: HandlerCall, value: unknown): Verdict | Promise<Verdict> {
  if (isPromise(value)) return Promise.resolve(value).then((later) => settled(client, call, later), (error: unknown) => failed(client, call, error));
  if (isStream(value)) return completion(value as ObservableInput<unknown>).then(verdictOf, (error: unknown) => failed(client, call, error));
  return verdictOf(value);
}

function failed(client: ClientInstance, call: HandlerCall, error: unknown): Verdict {
  const verdict = verdictOfError(error);
  call.lane.onError?.(call.messages, error, verdict);
  const level = verdict.action === 'reject' ? 'info' : 'warn';
  client.logger[level](`a handler failed; its messages are ${verdict.action === 'reject' ? 'rejected' : 'consumed again later'}`, {
    group: call.group,
    topic: call.messages[0]!.topic,
    msgId: call.messages[0]!.msgId,
    error,
  });
  return verdict;
}

/** Runs the handler to its verdict: at once when the handler is synchronous, so that trivial handlers cost no promise. */
export function callHandler(client: ClientInstance, call: HandlerCall): Verdict | Promise<Verdict> {
  try {
    const unreadable = call.lane.stream ? undefined : unreadableBody(call);
    if (unreadable !== undefined) return unreadable;
    const { tracing, hooks } = client;
    if (hooks?.consume === undefined && tracing?.consume.heard !== true) return settled(client, call, call.lane.run(call));
    return settled(client, call, observed(client, call));
  } catch (error) {
    return failed(client, call, error);
  }
}

/** A body that its codec cannot read would fail at every try: it goes to the dead letters at once (API, section 3). */
function unreadableBody(call: HandlerCall): Verdict | undefined {
  for (const message of call.messages) {
    try {
      void message.body;
    } catch (error) {
      const reason = `the body cannot be decoded: ${error instanceof Error ? error.message : String(error)}`;
      const verdict: Verdict = { action: 'reject', reason };
      call.lane.onError?.(call.messages, error, verdict);
      return verdict;
    }
  }
  return undefined;
}

/** With hooks or listeners: they are told message by message, around one call. */
function observed(client: ClientInstance, call: HandlerCall): Promise<ConsumeResult> {
  const { tracing, hooks } = client;
  let next = async (): Promise<ConsumeResult> => settled(client, call, call.lane.run(call));
  for (const message of call.messages as readonly MessageView[]) {
    const inner = next;
    const hooked = hooks?.consume === undefined ? inner : () => hooks.consume!(message, inner);
    next = tracing?.consume.heard === true ? () => tracing.consume.trace(hooked, { group: call.group, message }) : hooked;
  }
  return next();
}
