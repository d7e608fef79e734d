import { sleep } from '@cometmq/runtime';
import type { ClientInstance } from '../../client/client-instance.js';
import type { AssignedQueue, PulledMessage } from '../assigned-queue.js';
import type { Verdict } from '../verdict.js';
import type { Dispatcher } from './dispatcher.js';
import { callHandler, HandlerCall } from './handler-call.js';
import type { Lane } from './lane.js';
import type { SendBack } from './send-back.js';

const MIN_SUSPEND_MS = 10;
const MAX_SUSPEND_MS = 30_000;
const WITHOUT_LOCK_MS = 100;
const DRAIN_POLL_MS = 5;

export interface OrderlyOptions {
  readonly client: ClientInstance;
  readonly group: string;
  /** Queues worked on at once. */
  readonly concurrency: number;
  readonly suspendMs: number;
  readonly maxReconsumeTimes: number;
  /** Undefined: broadcasting, where a rejected message is logged and skipped. */
  readonly sendBack: SendBack | undefined;
  /** Whether the broker's lock on the queue is still ours. */
  holdsLock(assigned: AssignedQueue): boolean;
  laneFor(message: PulledMessage): Lane | undefined;
  onSettled(message: PulledMessage, verdict: Verdict): void;
}

interface Line {
  readonly waiting: PulledMessage[];
  running: boolean;
}

/** One message (or batch) at a time per queue, in order; a failure makes its queue wait and the message come again in place. */
export class OrderlyDispatcher implements Dispatcher {
  readonly #lines = new Map<AssignedQueue, Line>();
  readonly #free: (() => void)[] = [];
  readonly #calls = new Set<HandlerCall>();
  #state: 'running' | 'draining' = 'running';
  #slots: number;

  constructor(private readonly options: OrderlyOptions) {
    this.#slots = options.concurrency;
  }

  get inFlight(): number {
    let count = 0;
    for (const call of this.#calls) count += call.messages.length;
    return count;
  }

  submit(assigned: AssignedQueue, messages: PulledMessage[]): void {
    if (this.#state !== 'running') return;
    let line = this.#lines.get(assigned);
    if (line === undefined) this.#lines.set(assigned, (line = { waiting: [], running: false }));
    line.waiting.push(...messages);
    if (!line.running) void this.#run(assigned, line);
  }

  async drain(deadline: number): Promise<void> {
    const { clock, logger } = this.options.client;
    this.#state = 'draining';
    while (this.#calls.size > 0 && clock.monotonic() < deadline) await sleep(clock, DRAIN_POLL_MS);
    if (this.#calls.size > 0) logger.warn('handlers still run; their messages will be consumed again', { group: this.options.group, calls: this.#calls.size });
    for (const call of this.#calls) call.abandon(new Error('the consumer has been closed'));
  }

  get #stopped(): boolean {
    return this.#state !== 'running';
  }

  /** Works a queue's line off, slot by slot. Never rejects. */
  async #run(assigned: AssignedQueue, line: Line): Promise<void> {
    line.running = true;
    while (line.waiting.length > 0 && !assigned.dropped && !this.#stopped) {
      if (!this.options.holdsLock(assigned)) {
        await this.#pause(assigned, WITHOUT_LOCK_MS);
        continue;
      }
      await this.#takeSlot();
      const suspendMs = assigned.dropped || this.#stopped ? 0 : await this.#consumeNext(assigned, line);
      this.#giveSlot();
      if (suspendMs > 0) await this.#pause(assigned, suspendMs);
    }
    line.running = false;
    if (assigned.dropped) this.#lines.delete(assigned);
  }

  /** Consumes the head of the line; returns for how long the queue is suspended. */
  async #consumeNext(assigned: AssignedQueue, line: Line): Promise<number> {
    const { client, group } = this.options;
    const first = line.waiting[0]!;
    const lane = this.options.laneFor(first);
    if (lane === undefined) {
      this.#settle(line, [first], { action: 'ack' });
      return 0;
    }
    let count = 1;
    while (count < lane.size && count < line.waiting.length && this.options.laneFor(line.waiting[count]!) === lane) count += 1;
    const messages = line.waiting.slice(0, count);
    const call = new HandlerCall(group, lane, messages, client.clock.monotonic());
    this.#calls.add(call);
    assigned.enter();
    const verdict = await callHandler(client, call);
    this.#calls.delete(call);
    const suspendMs = call.abandoned ? 0 : await this.#carryOut(line, messages, verdict);
    assigned.leave();
    return suspendMs;
  }

  async #carryOut(line: Line, messages: readonly PulledMessage[], verdict: Verdict): Promise<number> {
    if (verdict.action === 'ack') {
      this.#settle(line, messages, verdict);
      return 0;
    }
    const spent = messages[0]!.reconsumeTimes >= this.options.maxReconsumeTimes;
    if (verdict.action === 'retry' && !spent) {
      for (const message of messages) message.localRetries += 1;
      const { delay } = verdict;
      const wished = delay !== undefined && 'afterMs' in delay ? delay.afterMs : this.options.suspendMs;
      return Math.min(Math.max(wished, MIN_SUSPEND_MS), MAX_SUSPEND_MS);
    }
    return this.#reject(line, messages, verdict);
  }

  async #reject(line: Line, messages: readonly PulledMessage[], verdict: Verdict): Promise<number> {
    const { sendBack, client, group } = this.options;
    for (const message of messages) {
      try {
        if (sendBack === undefined) client.logger.warn('a broadcast message was not consumed and is skipped', { group, topic: message.topic, msgId: message.msgId });
        else await sendBack.toDeadLetters(message);
      } catch (error) {
        client.logger.warn('the broker did not take a message for the dead letters; its queue waits', { group, msgId: message.msgId, error });
        return this.options.suspendMs;
      }
      this.#settle(line, [message], verdict);
    }
    return 0;
  }

  #settle(line: Line, messages: readonly PulledMessage[], verdict: Verdict): void {
    line.waiting.splice(0, messages.length);
    for (const message of messages) {
      message.assigned.window.settle(message);
      this.options.onSettled(message, verdict);
    }
  }

  #pause(assigned: AssignedQueue, ms: number): Promise<void> {
    return sleep(this.options.client.clock, ms, assigned.signal).catch(() => undefined);
  }

  #takeSlot(): Promise<void> {
    if (this.#slots > 0) {
      this.#slots -= 1;
      return Promise.resolve();
    }
    return new Promise((resolve) => this.#free.push(resolve));
  }

  #giveSlot(): void {
    const next = this.#free.shift();
    if (next === undefined) this.#slots += 1;
    else next();
  }
}
