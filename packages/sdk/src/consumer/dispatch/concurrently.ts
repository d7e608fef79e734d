import { every, sleep, type Timer } from '@cometmq/runtime';
import type { ClientInstance } from '../../client/client-instance.js';
import type { AssignedQueue, PulledMessage } from '../assigned-queue.js';
import { isPromise, type Verdict } from '../verdict.js';
import type { Dispatcher } from './dispatcher.js';
import { callHandler, HandlerCall } from './handler-call.js';
import type { Lane } from './lane.js';
import type { SendBack } from './send-back.js';

const LOCAL_RETRY_MS = 5000;
/** Delay level of messages whose handler took too long (Apache's ProcessQueue.cleanExpiredMsg). */
const TIMED_OUT_LEVEL = 3;
const DRAIN_POLL_MS = 5;
const COMPACT_FROM = 4096;

export interface ConcurrentlyOptions {
  readonly client: ClientInstance;
  readonly group: string;
  readonly concurrency: number;
  readonly consumeTimeoutMs: number;
  /** Undefined: broadcasting, where a failed message is logged and skipped. */
  readonly sendBack: SendBack | undefined;
  laneFor(message: PulledMessage): Lane | undefined;
  onSettled(message: PulledMessage, verdict: Verdict): void;
}

interface Waiting {
  readonly messages: PulledMessage[];
  head: number;
  calls: number;
  linger: Timer | undefined;
  lingered: boolean;
}

/** Runs handlers of any messages side by side, up to `concurrency` calls. */
export class ConcurrentDispatcher implements Dispatcher {
  readonly #lanes = new Map<Lane, Waiting>();
  readonly #calls = new Set<HandlerCall>();
  readonly #timeouts: Timer;
  #state: 'running' | 'draining' = 'running';
  #inFlight = 0;
  /** Calls that count against `concurrency`; streams have a credit of their own. */
  #handlers = 0;
  #pumping = false;

  constructor(private readonly options: ConcurrentlyOptions) {
    const { client, consumeTimeoutMs } = options;
    const scanMs = Math.min(Math.max(consumeTimeoutMs / 10, 10), 60_000);
    this.#timeouts = every(client.clock, scanMs, () => this.#expire(), { onError: (error) => client.logger.error('looking for overdue handlers failed', { error }) });
  }

  get inFlight(): number {
    return this.#inFlight;
  }

  submit(_assigned: AssignedQueue, messages: PulledMessage[]): void {
    if (this.#state !== 'running') return;
    for (const message of messages) {
      const lane = this.options.laneFor(message);
      if (lane === undefined) this.#settle(message, { action: 'ack' });
      else this.#waiting(lane).messages.push(message);
    }
    this.#pump();
  }

  /** A lane ends: what waits for it and what it has not settled is given back, to be consumed again by the next owner. */
  closeLane(lane: Lane): void {
    this.#lanes.get(lane)?.linger?.cancel();
    this.#lanes.delete(lane);
    for (const call of this.#calls) if (call.lane === lane) this.#abandon(call, new Error('the subscription has ended'));
  }

  async drain(deadline: number): Promise<void> {
    const { clock, logger } = this.options.client;
    this.#state = 'draining';
    this.#timeouts.cancel();
    for (const waiting of this.#lanes.values()) waiting.linger?.cancel();
    while (this.#handlers > 0 && clock.monotonic() < deadline) await sleep(clock, DRAIN_POLL_MS);
    if (this.#handlers > 0) logger.warn('handlers still run; their messages will be consumed again', { group: this.options.group, calls: this.#handlers });
    for (const call of this.#calls) this.#abandon(call, new Error('the consumer has been closed'));
  }

  #waiting(lane: Lane): Waiting {
    let waiting = this.#lanes.get(lane);
    if (waiting === undefined) this.#lanes.set(lane, (waiting = { messages: [], head: 0, calls: 0, linger: undefined, lingered: false }));
    return waiting;
  }

  /** Starts calls while there is something to do and room to do it; synchronous handlers end before it returns. */
  #pump(): void {
    if (this.#pumping) return;
    this.#pumping = true;
    try {
      for (const [lane, waiting] of this.#lanes) while (this.#state === 'running' && this.#startOne(lane, waiting)) continue;
    } finally {
      this.#pumping = false;
    }
  }

  #startOne(lane: Lane, waiting: Waiting): boolean {
    const ready = waiting.messages.length - waiting.head;
    if (ready === 0 || (!lane.stream && this.#handlers >= this.options.concurrency) || waiting.calls >= lane.maxCalls) return false;
    if (ready < lane.size && lane.lingerMs > 0 && !waiting.lingered) {
      this.#linger(lane, waiting);
      return false;
    }
    const messages: PulledMessage[] = [];
    while (messages.length < lane.size && waiting.head < waiting.messages.length) {
      const message = waiting.messages[waiting.head++]!;
      if (!message.assigned.dropped) messages.push(message);
    }
    if (waiting.head === waiting.messages.length || waiting.head > COMPACT_FROM) {
      waiting.messages.splice(0, waiting.head);
      waiting.head = 0;
    }
    waiting.lingered = false;
    waiting.linger?.cancel();
    waiting.linger = undefined;
    if (messages.length > 0) this.#call(lane, waiting, messages);
    return true;
  }

  #linger(lane: Lane, waiting: Waiting): void {
    waiting.linger ??= this.options.client.clock.schedule(lane.lingerMs, () => {
      waiting.linger = undefined;
      waiting.lingered = true;
      this.#pump();
    });
  }

  #call(lane: Lane, waiting: Waiting, messages: PulledMessage[]): void {
    const call = new HandlerCall(this.options.group, lane, messages, this.options.client.clock.monotonic());
    this.#calls.add(call);
    waiting.calls += 1;
    if (!lane.stream) this.#handlers += 1;
    this.#inFlight += messages.length;
    for (const { assigned } of messages) assigned.enter();
    const verdict = callHandler(this.options.client, call);
    if (isPromise(verdict)) void verdict.then((late) => this.#finish(call, late));
    else this.#finish(call, verdict);
  }

  #finish(call: HandlerCall, verdict: Verdict): void {
    if (call.abandoned) return;
    this.#release(call);
    for (const message of call.messages) this.#carryOut(message, verdict);
    this.#pump();
  }

  #release(call: HandlerCall): void {
    this.#calls.delete(call);
    if (!call.lane.stream) this.#handlers -= 1;
    const waiting = this.#lanes.get(call.lane);
    if (waiting !== undefined) waiting.calls -= 1;
    this.#inFlight -= call.messages.length;
    for (const { assigned } of call.messages) assigned.leave();
  }

  #abandon(call: HandlerCall, reason: Error): void {
    this.#release(call);
    call.abandon(reason);
  }

  #carryOut(message: PulledMessage, verdict: Verdict): void {
    const { sendBack, client } = this.options;
    if (verdict.action === 'ack' || message.assigned.dropped) return this.#settle(message, verdict);
    if (sendBack === undefined) {
      client.logger.warn('a broadcast message was not consumed and is skipped', { group: this.options.group, topic: message.topic, msgId: message.msgId });
      return this.#settle(message, verdict);
    }
    const sent = verdict.action === 'reject' ? sendBack.toDeadLetters(message) : sendBack.retry(message, verdict.delay);
    void sent.then(
      () => this.#settle(message, verdict),
      (error: unknown) => {
        client.logger.warn('the broker did not take a message back; it is consumed again here', { group: this.options.group, msgId: message.msgId, error });
        client.clock.schedule(LOCAL_RETRY_MS, () => this.#again(message));
      },
    );
  }

  #again(message: PulledMessage): void {
    if (message.assigned.dropped) return;
    message.localRetries += 1;
    this.submit(message.assigned, [message]);
  }

  #settle(message: PulledMessage, verdict: Verdict): void {
    message.assigned.window.settle(message);
    this.options.onSettled(message, verdict);
  }

  #expire(): void {
    const oldest = this.options.client.clock.monotonic() - this.options.consumeTimeoutMs;
    for (const call of [...this.#calls]) {
      if (call.startedAt > oldest) continue;
      const { group, client } = this.options;
      client.logger.warn('a handler took too long; its messages are sent back', { group, topic: call.messages[0]!.topic, msgId: call.messages[0]!.msgId });
      this.#abandon(call, new Error(`the message was not consumed within ${this.options.consumeTimeoutMs} ms`));
      for (const message of call.messages) this.#carryOut(message, { action: 'retry', delay: { level: TIMED_OUT_LEVEL } });
    }
    this.#pump();
  }
}
