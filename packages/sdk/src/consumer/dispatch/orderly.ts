import { sleep } from '@cometmq/runtime';
import type { AssignedQueue, PulledMessage } from '../assigned-queue.js';
import type { Verdict } from '../verdict.js';
import {
  comesAgain,
  type DirectOutcome,
  type DispatchEnvironment,
  type LaneDispatcher,
  tell,
  warnOfUnwanted,
} from './dispatcher.js';
import { consumeNow, HandlerCall, runHandler, unreadableOf } from './handler-call.js';
import type { Lane } from './lane.js';
import { MessageLine } from './message-line.js';
import { RunningCalls } from './running-calls.js';
import { delayMs } from './send-back.js';
import { Slots } from './slots.js';

const MIN_SUSPEND_MS = 10;
const MAX_SUSPEND_MS = 30_000;
const WITHOUT_LOCK_MS = 100;
/** A queue whose topic was unsubscribed is about to be given up. */
const UNSUBSCRIBED_MS = 1000;

export interface OrderlyEnvironment extends DispatchEnvironment {
  readonly suspendMs: number;
  /** Whether the broker's lock on the queue is still ours. */
  holdsLock(assigned: AssignedQueue): boolean;
}

/** What was pulled of one queue and is not settled. The head stays until it is. */
interface Line {
  readonly waiting: MessageLine;
  running: boolean;
  lingered: boolean;
  /** Messages the next call may get at most: those before one that cannot be read. */
  limit: number;
}

/** A time to wait before the next step, at once or later. */
type Pause = number | Promise<number>;

/** One message (or batch) at a time per queue, in order; a failure makes its queue wait and the message come again in place. */
export class OrderlyDispatcher implements LaneDispatcher {
  readonly #lines = new WeakMap<AssignedQueue, Line>();
  readonly #calls: RunningCalls;
  readonly #slots: Slots;
  readonly #streams = new Map<Lane, Slots>();
  #state: 'running' | 'draining' = 'running';

  constructor(private readonly environment: OrderlyEnvironment) {
    this.#calls = new RunningCalls(environment.client.clock);
    this.#slots = new Slots(() => environment.concurrency);
  }

  get inFlight(): number {
    return this.#calls.messages;
  }

  start(): void {}

  submit(assigned: AssignedQueue, messages: PulledMessage[]): void {
    if (this.#state !== 'running') return;
    let line = this.#lines.get(assigned);
    if (line === undefined) {
      line = { waiting: new MessageLine(), running: false, lingered: false, limit: Infinity };
      this.#lines.set(assigned, line);
    }
    for (const message of messages) line.waiting.push(message);
    if (!line.running) void this.#run(assigned, line);
  }

  laneOpened(lane: Lane): void {
    this.#slotsOf(lane).more();
  }

  /** The heads of their queues stay in line. */
  laneShut(lane: Lane): void {
    for (const call of this.#calls.undecided(lane)) call.abandon(new Error('the subscription has ended'));
  }

  laneClosed(lane: Lane): void {
    this.laneShut(lane);
    this.#streams.get(lane)?.close();
    this.#streams.delete(lane);
  }

  consumeNow(message: PulledMessage): Promise<DirectOutcome> | undefined {
    return consumeNow(this.environment, message);
  }

  async drain(deadline: number): Promise<void> {
    const { client, group } = this.environment;
    this.#state = 'draining';
    const calls = await this.#calls.drain(deadline);
    if (calls > 0) client.logger.warn('handlers still run; their messages will be consumed again', { group, calls });
  }

  /** Works a queue's line off, step by step. Never rejects. */
  async #run(assigned: AssignedQueue, line: Line): Promise<void> {
    line.running = true;
    while (line.waiting.length > 0 && this.#goesOn(assigned)) {
      const step = this.#step(assigned, line);
      const pauseMs = typeof step === 'number' ? step : await step;
      if (pauseMs > 0) await sleep(this.environment.client.clock, pauseMs, assigned.signal).catch(() => undefined);
    }
    line.running = false;
  }

  #goesOn(assigned: AssignedQueue): boolean {
    return !assigned.dropped && this.#state === 'running';
  }

  #step(assigned: AssignedQueue, line: Line): Pause {
    const lane = this.environment.laneFor(line.waiting.peek()!);
    if (lane === undefined) return this.#unwanted(line);
    if (!this.environment.holdsLock(assigned)) return WITHOUT_LOCK_MS;
    if (line.waiting.length < lane.size && lane.lingerMs > 0 && !line.lingered) {
      line.lingered = true;
      return lane.lingerMs;
    }
    const slots = this.#slotsOf(lane);
    const taken = slots.take();
    if (taken === true) return this.#consume(assigned, line, lane, slots);
    return taken.then((given) => {
      if (!given) return 0;
      const { holdsLock, laneFor } = this.environment;
      // Much may have happened meanwhile.
      if (this.#goesOn(assigned) && holdsLock(assigned) && laneFor(line.waiting.peek()!) === lane)
        return this.#consume(assigned, line, lane, slots);
      slots.give();
      return 0;
    });
  }

  #slotsOf(lane: Lane): Slots {
    if (lane.credit === undefined) return this.#slots;
    let slots = this.#streams.get(lane);
    if (slots === undefined) this.#streams.set(lane, (slots = new Slots(() => lane.credit ?? 0)));
    return slots;
  }

  /** Hands the head of the line to its handler; the slot is given back when its verdict has taken effect. */
  #consume(assigned: AssignedQueue, line: Line, lane: Lane, slots: Slots): Pause {
    let onEnd = () => {};
    const call = new HandlerCall(this.environment.group, lane, this.#nextOf(line, lane), () => onEnd());
    call.startedAt = this.environment.client.clock.monotonic();
    line.lingered = false;
    assigned.enter();
    this.#calls.add(call);
    const finish = (): Pause => {
      this.#calls.remove(call);
      const pause = call.verdict === undefined ? 0 : this.#carryOut(line, call, call.verdict);
      return finallyDo(pause, () => {
        assigned.leave();
        slots.give();
      });
    };
    runHandler(this.environment, call);
    if (call.ended) return finish();
    return new Promise<void>((resolve) => (onEnd = resolve)).then(finish);
  }

  /** As many messages of one lane as a call may get; they stay in line. */
  #nextOf(line: Line, lane: Lane): PulledMessage[] {
    const messages: PulledMessage[] = [];
    const most = Math.min(lane.size, line.waiting.length, line.limit);
    while (messages.length < most) {
      const next = line.waiting.peek(messages.length)!;
      if (messages.length > 0 && this.environment.laneFor(next) !== lane) break;
      messages.push(next);
    }
    line.limit = Infinity;
    return messages;
  }

  #carryOut(line: Line, call: HandlerCall, verdict: Verdict): Pause {
    const { messages } = call;
    if (verdict.action === 'ack') {
      this.#settleHead(line, messages.length);
      return 0;
    }
    const [unreadable] = verdict.action === 'reject' ? unreadableOf(call) : [];
    if (unreadable !== undefined) {
      // What stands before it is consumed again without it; then it is the head, and rejected alone.
      line.limit = messages.indexOf(unreadable);
      return line.limit > 0 ? 0 : this.#reject(line, [unreadable], verdict);
    }
    if (verdict.action !== 'retry' || !comesAgain(this.environment, messages[0]!, verdict))
      return this.#reject(line, messages, verdict);
    for (const message of messages) {
      tell(this.environment, message, verdict);
      message.localRetries += 1;
    }
    const wishedMs = verdict.delay === undefined ? this.environment.suspendMs : delayMs(verdict.delay);
    return Math.min(Math.max(wishedMs, MIN_SUSPEND_MS), MAX_SUSPEND_MS);
  }

  /** To the dead letters, one after the other; while the broker does not take one its queue waits. */
  async #reject(line: Line, messages: readonly PulledMessage[], verdict: Verdict): Promise<number> {
    const { client, group, sendBack, suspendMs } = this.environment;
    line.limit = Infinity;
    for (const message of messages) {
      const fields = { group, topic: message.topic, msgId: message.msgId };
      try {
        if (sendBack === undefined) client.logger.warn('a broadcast message was not consumed and is skipped', fields);
        else await sendBack.toDeadLetters(message);
      } catch (error) {
        client.logger.warn('the broker did not take a dead letter; its queue waits', { ...fields, error });
        return suspendMs;
      }
      tell(this.environment, message, verdict);
      this.#settleHead(line, 1);
    }
    return 0;
  }

  /** Nobody here gets the head of the line: another member may want it. */
  async #unwanted(line: Line): Promise<number> {
    const { client, group, isSubscribed, sendBack, suspendMs } = this.environment;
    const message = line.waiting.peek()!;
    if (!isSubscribed(message.queue.topic)) return UNSUBSCRIBED_MS;
    warnOfUnwanted(this.environment, message);
    try {
      await sendBack?.retry(message, undefined);
    } catch (error) {
      client.logger.warn('the broker did not take a message back; its queue waits', {
        group,
        msgId: message.msgId,
        error,
      });
      return suspendMs;
    }
    this.#settleHead(line, 1);
    return 0;
  }

  #settleHead(line: Line, count: number): void {
    for (let settled = 0; settled < count; settled += 1) {
      const message = line.waiting.shift()!;
      message.assigned.settle(message, this.environment.client.clock.now());
    }
  }
}

function finallyDo(pause: Pause, end: () => void): Pause {
  if (typeof pause !== 'number') return pause.finally(end);
  end();
  return pause;
}
