import { every, type Timer } from '@cometmq/runtime';
import type { AssignedQueue, PulledMessage } from '../assigned-queue.js';
import type { Verdict } from '../verdict.js';
import {
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

const LOCAL_RETRY_MS = 5000;
/** Delay level of messages whose handler took too long (Apache's ProcessQueue.cleanExpiredMsg). */
const TIMED_OUT_LEVEL = 3;

export interface ConcurrentlyEnvironment extends DispatchEnvironment {
  readonly consumeTimeoutMs: number;
}

/** What waits for a lane and how many of its calls run. */
interface LaneLine {
  readonly lane: Lane;
  readonly waiting: MessageLine;
  calls: number;
  linger: Timer | undefined;
  lingered: boolean;
}

/** Runs handlers of any messages side by side, up to `concurrency` calls. */
export class ConcurrentDispatcher implements LaneDispatcher {
  readonly #byLane = new Map<Lane, LaneLine>();
  readonly #calls: RunningCalls;
  #lines: LaneLine[] = [];
  /** Which lane's turn it is. */
  #turn = 0;
  #timeouts: Timer | undefined;
  #state: 'running' | 'draining' = 'running';
  /** Calls that count against `concurrency`. */
  #handlers = 0;
  #pumping = false;
  /** Wall clock of this turn: messages are too many to ask for each. */
  #now = 0;

  constructor(private readonly environment: ConcurrentlyEnvironment) {
    this.#calls = new RunningCalls(environment.client.clock);
  }

  get inFlight(): number {
    return this.#calls.messages;
  }

  /** Begins to look for handlers that take too long: one look for all, no timer per message. */
  start(): void {
    const { client, consumeTimeoutMs } = this.environment;
    const scanMs = Math.min(Math.max(consumeTimeoutMs / 10, 10), 60_000);
    this.#timeouts ??= every(client.clock, scanMs, () => this.#expire(), {
      onError: (error) => client.logger.error('looking for overdue handlers failed', { error }),
    });
  }

  submit(_assigned: AssignedQueue, messages: PulledMessage[]): void {
    if (this.#state !== 'running') return;
    this.#now = this.environment.client.clock.now();
    for (const message of messages) {
      const lane = this.environment.laneFor(message);
      if (lane === undefined) this.#unknown(message);
      else this.#line(lane).waiting.push(message);
    }
    this.#pump();
  }

  laneOpened(_lane: Lane): void {
    this.#pump();
  }

  laneShut(lane: Lane): void {
    const open = this.#abandon(lane);
    if (open.length > 0) this.#line(lane).waiting.putBack(open);
  }

  laneClosed(lane: Lane): void {
    const line = this.#byLane.get(lane);
    const left = [...this.#abandon(lane), ...(line?.waiting.takeAll() ?? [])];
    line?.linger?.cancel();
    this.#byLane.delete(lane);
    this.#lines = this.#lines.filter((each) => each !== line);
    for (const message of left) this.#unwanted(message);
  }

  consumeNow(message: PulledMessage): Promise<DirectOutcome> | undefined {
    return consumeNow(this.environment, message);
  }

  async drain(deadline: number): Promise<void> {
    const { client, group } = this.environment;
    this.#state = 'draining';
    for (const line of this.#lines) line.linger?.cancel();
    const calls = await this.#calls.drain(deadline);
    this.#timeouts?.cancel();
    if (calls > 0) client.logger.warn('handlers still run; their messages will be consumed again', { group, calls });
  }

  #line(lane: Lane): LaneLine {
    let line = this.#byLane.get(lane);
    if (line === undefined) {
      line = { lane, waiting: new MessageLine(), calls: 0, linger: undefined, lingered: false };
      this.#byLane.set(lane, line);
      this.#lines.push(line);
    }
    return line;
  }

  /** Starts calls while there is something to do and room to do it, lane by lane in turn, so that none starves. */
  #pump(): void {
    if (this.#pumping) return;
    this.#pumping = true;
    for (let idle = 0; idle < this.#lines.length && this.#state === 'running';) {
      this.#turn = (this.#turn + 1) % this.#lines.length;
      idle = this.#startOne(this.#lines[this.#turn]!) ? 0 : idle + 1;
    }
    this.#pumping = false;
  }

  /** False when nothing of the lane can start now. */
  #startOne(line: LaneLine): boolean {
    const { lane, waiting } = line;
    if (waiting.length === 0 || !this.#hasRoom(line)) return false;
    if (waiting.length < lane.size && lane.lingerMs > 0 && !line.lingered) {
      this.#linger(line);
      return false;
    }
    line.lingered = false;
    line.linger?.cancel();
    line.linger = undefined;
    const messages: PulledMessage[] = [];
    while (messages.length < lane.size) {
      const message = waiting.shift();
      if (message === undefined) break;
      if (!message.assigned.dropped) messages.push(message);
    }
    if (messages.length > 0) this.#call(line, messages);
    return true;
  }

  #hasRoom({ lane, calls }: LaneLine): boolean {
    return lane.credit === undefined ? this.#handlers < this.environment.concurrency : calls < lane.credit;
  }

  #linger(line: LaneLine): void {
    line.linger ??= this.environment.client.clock.schedule(line.lane.lingerMs, () => {
      line.linger = undefined;
      line.lingered = true;
      this.#pump();
    });
  }

  #call(line: LaneLine, messages: PulledMessage[]): void {
    const call = new HandlerCall(this.environment.group, line.lane, messages, this.#ended);
    line.calls += 1;
    if (line.lane.credit === undefined) this.#handlers += 1;
    // A stream's subscriber may go while it is handed the delivery: the call must be known by then.
    else this.#remember(call);
    runHandler(this.environment, call);
    if (!call.ended && line.lane.credit === undefined) this.#remember(call);
  }

  #remember(call: HandlerCall): void {
    call.startedAt = this.environment.client.clock.monotonic();
    this.#calls.add(call);
  }

  readonly #ended = (call: HandlerCall): void => {
    const { verdict } = call;
    if (!this.#pumping) this.#now = this.environment.client.clock.now();
    const line = this.#byLane.get(call.lane);
    if (line !== undefined) line.calls -= 1;
    if (call.lane.credit === undefined) this.#handlers -= 1;
    this.#calls.remove(call);
    if (verdict !== undefined) {
      const unreadable = verdict.action === 'reject' ? unreadableOf(call) : [];
      if (unreadable.length === 0) for (const message of call.messages) this.#carryOut(message, verdict);
      else this.#divide(call, unreadable, verdict);
    }
    this.#pump();
  };

  /** Some bodies made a batch fail: they are rejected, the others are consumed again without them. */
  #divide(call: HandlerCall, unreadable: readonly PulledMessage[], verdict: Verdict): void {
    for (const message of unreadable) this.#carryOut(message, verdict);
    const others = call.messages.filter((message) => !unreadable.includes(message));
    this.#line(call.lane).waiting.putBack(others);
  }

  #carryOut(message: PulledMessage, verdict: Verdict): void {
    const { assigned } = message;
    if (verdict.action === 'ack') {
      assigned.settle(message, this.#now);
      return;
    }
    if (assigned.dropped) return;
    const { client, group, sendBack } = this.environment;
    tell(this.environment, message, verdict);
    if (sendBack === undefined) {
      const fields = { group, topic: message.topic, msgId: message.msgId };
      client.logger.warn('a broadcast message was not consumed and is skipped', fields);
      assigned.settle(message, this.#now);
      return;
    }
    const sent = verdict.action === 'reject' ? sendBack.toDeadLetters(message) : sendBack.retry(message, verdict.delay);
    void sent.then(
      () => assigned.settle(message, client.clock.now()),
      (error: unknown) => {
        const fields = { group, msgId: message.msgId, error };
        client.logger.warn('the broker did not take a message back; it is consumed again here', fields);
        client.clock.schedule(LOCAL_RETRY_MS, () => this.#again(message), { background: true });
      },
    );
  }

  #again(message: PulledMessage): void {
    if (message.assigned.dropped) return;
    message.localRetries += 1;
    this.submit(message.assigned, [message]);
  }

  #unknown(message: PulledMessage): void {
    if (this.environment.isSubscribed(message.queue.topic)) warnOfUnwanted(this.environment, message);
    this.#unwanted(message);
  }

  /** Nobody here gets the message: another member may want it. Queues of a topic that was unsubscribed are about to be given up. */
  #unwanted(message: PulledMessage): void {
    if (this.environment.isSubscribed(message.queue.topic)) this.#carryOut(message, { action: 'retry' });
  }

  /** Ends the calls of a lane; returns their messages. */
  #abandon(lane: Lane): PulledMessage[] {
    const calls = this.#calls.undecided(lane);
    for (const call of calls) call.abandon(new Error('the subscription has ended'));
    return calls.flatMap(({ messages }) => messages);
  }

  #expire(): void {
    const { client, consumeTimeoutMs, group } = this.environment;
    const overdue = this.#calls.since(client.clock.monotonic() - consumeTimeoutMs);
    for (const call of overdue) {
      const [first] = call.messages;
      const fields = { group, topic: first!.topic, msgId: first!.msgId, messages: call.messages.length };
      client.logger.warn('a handler took too long; its messages are sent back', fields);
      call.abandon(new Error(`the message was not consumed within ${consumeTimeoutMs} ms`));
      for (const message of call.messages)
        this.#carryOut(message, { action: 'retry', delay: { level: TIMED_OUT_LEVEL } });
    }
  }
}
