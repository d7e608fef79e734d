import { type Clock, sleep } from '@cometmq/runtime';
import { nodeClock } from '@cometmq/runtime/node';
import { delayedMessages, hasOtherTimedMessages } from './delayed-messages.js';
import { durationText } from './duration.js';
import type { EmbeddedCluster } from './embedded-cluster.js';
import type { ResolvedOptions } from './embedded-options.js';
import { REAL_PAUSE_MS, type Surroundings } from './embedded-time.js';
import type { FaultyDeliveries } from './faults/faulty-deliveries.js';
import type { ServerFaults } from './faults/server-faults.js';
import { groupWork } from './group-progress.js';
import type { RunningHandlers } from './running-handlers.js';

export interface ActivityParts {
  readonly clock: Clock;
  readonly cluster: EmbeddedCluster;
  readonly handlers: RunningHandlers;
  readonly deliveries: FaultyDeliveries;
  readonly faults: ServerFaults;
}

/** Why the servers are not idle. */
export interface Wait {
  /** Nothing but time will bring it on. */
  readonly forTime: boolean;
  /** How much of it. */
  readonly ms?: number;
}

/** Turns of the event loop that a handler gets before real milliseconds are waited. */
const QUICK_TURNS = 3;

/** What goes on in and around the servers. */
export class Activity implements Surroundings {
  readonly closed: boolean;
  readonly clientsShareClock: boolean;
  /** What was written and given out when all clients were last seen idle. */
  #seen = '';

  constructor(
    private readonly options: Pick<ResolvedOptions, 'transport' | 'store' | 'time' | 'handlerPatienceMs'>,
    private readonly parts: ActivityParts,
  ) {
    this.clientsShareClock = options.transport === 'memory';
    this.closed = this.clientsShareClock && options.store === 'memory';
  }

  get busy(): boolean {
    const { cluster, handlers } = this.parts;
    return cluster.pendingDiskWork > 0 || handlers.youngerThan(this.options.handlerPatienceMs) > 0;
  }

  get shape(): string {
    return this.parts.cluster.shape;
  }

  async quiet(): Promise<void> {
    const deadline = nodeClock.monotonic() + this.options.handlerPatienceMs;
    for (let turn = 0; nodeClock.monotonic() < deadline; turn += 1) {
      if (!this.busy && !(await this.#clientsWork())) return;
      if (turn < QUICK_TURNS) await new Promise<void>((resolve) => nodeClock.afterTurn(resolve));
      else await sleep(nodeClock, REAL_PAUSE_MS);
    }
  }

  wallClockSet(): void {
    for (const { parts } of this.parts.cluster.running) parts.delay.wallClockSet();
    this.parts.deliveries.held.wallClockSet();
  }

  /** When the next message that waits for a time is due. */
  async nextDueAt(): Promise<number | undefined> {
    const { cluster, deliveries } = this.parts;
    const { nextDueAt } = await delayedMessages(cluster.running);
    const held = deliveries.held.nextDueAt;
    if (nextDueAt === undefined || held === undefined) return nextDueAt ?? held;
    return Math.min(nextDueAt, held);
  }

  async idle(): Promise<boolean> {
    const { cluster, deliveries, faults, handlers } = this.parts;
    if (faults.planned || handlers.count > 0 || hasOtherTimedMessages(cluster.running)) return false;
    const wait = await this.wait();
    // What a fault holds back is among what is due at a time of its own.
    return wait === undefined || (wait.ms !== undefined && deliveries.held.count > 0);
  }

  /** Undefined: nothing is left to consume, no handler runs, nothing is held back. */
  async wait(groups?: readonly string[]): Promise<Wait | undefined> {
    const { clock, cluster, deliveries, handlers } = this.parts;
    // The clocks of clients on sockets do not leap.
    const leaps = this.clientsShareClock;
    const before = cluster.writtenBytes;
    const { open } = await groupWork(cluster.running, groups);
    if (handlers.count > 0) return { forTime: leaps && !this.busy };
    if (open.length > 0) return { forTime: leaps };
    const held = deliveries.held.nextDueFor(groups);
    if (held !== undefined) return { forTime: true, ms: Math.max(1, held - clock.now()) };
    const { nextDueAt } = await delayedMessages(cluster.running);
    if (nextDueAt !== undefined && nextDueAt <= clock.now()) return { forTime: true, ms: 1 };
    // What was stored while the members were asked may be for one that had answered already.
    return cluster.writtenBytes === before ? undefined : { forTime: false };
  }

  /** A problem with everything that was going on, for an error. */
  async describe(problem: string, groups?: readonly string[]): Promise<string> {
    const { clock, cluster, deliveries, handlers } = this.parts;
    const lines = [problem];
    for (const { name, node } of cluster.brokers) if (node.program === undefined) lines.push(`${name} is down`);
    const now = nodeClock.monotonic();
    for (const { group, msgId, since, topic } of handlers.all)
      lines.push(`group ${group}: a handler has had message ${msgId} of ${topic} for ${durationText(now - since)}`);
    lines.push(...(await groupWork(cluster.running, groups)).open);
    if (deliveries.held.count > 0) lines.push(`${deliveries.held.count} message(s) are held back by faults`);
    const { count, nextDueAt } = await delayedMessages(cluster.running);
    if (nextDueAt !== undefined) {
      const due = durationText(Math.max(0, nextDueAt - clock.now()));
      const hint = this.options.time === 'virtual' ? '; advance() leaps there' : '';
      lines.push(
        `${count} message(s) wait for their time (delayed, or to be retried), the next one is due in ${due}${hint}`,
      );
    }
    return lines.join('\n  - ');
  }

  /** Clients on sockets: whether anything that was stored or given out since the last look is not done with. */
  async #clientsWork(): Promise<boolean> {
    if (this.clientsShareClock) return false;
    const { cluster, deliveries } = this.parts;
    const now = `${cluster.writtenBytes} ${deliveries.answers}`;
    if (now === this.#seen) return false;
    const { open } = await groupWork(cluster.running);
    if (open.length > 0) return true;
    this.#seen = now;
    return false;
  }
}
