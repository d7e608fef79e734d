import { every, type Timer } from '@cometmq/runtime';
import type { ClientInstance } from '../../client/client-instance.js';
import { type MessageQueue, queueKey } from '../../message/message-queue.js';
import { AssignedQueue } from '../assigned-queue.js';
import type { ConsumeFrom } from '../consumer-options.js';
import type { OffsetStore } from '../offsets/offset-store.js';
import type { WindowLimits } from '../process-queue.js';
import type { QueueLocks } from './queue-locks.js';
import { startOffset } from './start-offset.js';

const SOON_MS = 1000;
/** A queue that is locked by its last owner until a moment ago (client-behaviour 6.6). */
const LOCKED_ELSEWHERE_MS = 500;
const RENEW_EVERY_MS = 20_000;
/** After a renewal that a broker did not answer. */
const CONFIRM_AGAIN_MS = 1000;
/** A lock not confirmed for so long counts as lost: the broker's own expiry is 60 s (client-behaviour 10). */
const LOCK_LOST_AFTER_MS = 30_000;

export interface OwnedQueuesOptions {
  readonly client: ClientInstance;
  readonly group: string;
  readonly consumeFrom: ConsumeFrom;
  readonly window: WindowLimits;
  readonly offsets: OffsetStore;
  /** Orderly: queues are worked on under the broker's lock. */
  readonly locks: QueueLocks | undefined;
  /** What is stored of a queue's progress; undefined: nothing, the user stores it. */
  progress(assigned: AssignedQueue): number | undefined;
  /** Starts to pull. */
  pull(assigned: AssignedQueue): void;
  /** A queue was lost between two rounds: the next one must come at once. */
  lost(): void;
}

/**
 * The queues an instance owns. They change hands so that the next owner sees the progress and, if orderly, no handler of ours
 * runs any more: a queue that is given up is *released* first, and until then nobody takes it again, we neither.
 */
export class OwnedQueues {
  readonly #queues = new Map<string, AssignedQueue>();
  readonly #releasing = new Map<string, { readonly assigned: AssignedQueue; readonly done: Promise<void> }>();
  #renewal: Timer | undefined;
  #confirmation: Timer | undefined;
  /** Connections lost so far: a lock given over one of them proves nothing. */
  #losses = 0;
  #state: 'open' | 'closed' = 'open';
  #lastConsumedAt = 0;

  constructor(private readonly options: OwnedQueuesOptions) {}

  /** Keeps the locks. */
  start(): void {
    const { client, group, locks } = this.options;
    if (locks === undefined) return;
    this.#renewal = every(client.clock, RENEW_EVERY_MS, () => this.#renew(locks), {
      onError: (error) => client.logger.warn('renewing queue locks failed', { group, error }),
    });
  }

  get size(): number {
    return this.#queues.size;
  }

  all(): readonly AssignedQueue[] {
    return [...this.#queues.values()];
  }

  get(queue: MessageQueue): AssignedQueue | undefined {
    return this.#queues.get(queueKey(queue));
  }

  /** Names of the brokers whose queues are ours, or not yet released. */
  get lockedBrokers(): ReadonlySet<string> {
    return new Set(this.#locked().map(({ queue }) => queue.brokerName));
  }

  /** Wall clock of the last settled message; 0: none yet. */
  get lastConsumedAt(): number {
    return this.all().reduce((latest, { consumedAt }) => Math.max(latest, consumedAt), this.#lastConsumedAt);
  }

  /** Whether handlers may run on the queue now. */
  holdsLock({ lockedAt }: AssignedQueue): boolean {
    const { client, locks } = this.options;
    return locks === undefined || client.clock.monotonic() - lockedAt < LOCK_LOST_AFTER_MS;
  }

  /** Brings what is owned of one topic in line with `mine`; the pause until the next try when not all of it could be done. */
  async apply(topic: string, mine: readonly MessageQueue[]): Promise<number | undefined> {
    const wanted = new Map(mine.map((queue) => [queueKey(queue), queue]));
    for (const [key, assigned] of this.#queues)
      if (assigned.queue.topic === topic && !wanted.has(key)) this.#giveUp(assigned);
    const missing = [...wanted].filter(([key]) => !this.#queues.has(key));
    if (missing.length === 0) return undefined;
    const free = missing.filter(([key]) => !this.#releasing.has(key)).map(([, queue]) => queue);
    const taken = await this.#takeOver(free);
    if (taken === 'failed') return SOON_MS;
    return taken === 'refused' || free.length < missing.length ? LOCKED_ELSEWHERE_MS : undefined;
  }

  /** Gives up the queues of all other topics. */
  retain(topics: ReadonlySet<string>): void {
    for (const assigned of this.#queues.values()) if (!topics.has(assigned.queue.topic)) this.#giveUp(assigned);
  }

  /** Goes on at another offset; false for a queue that is not owned. Handlers of what was pulled before may still run. */
  seek(queue: MessageQueue, offset: number): boolean {
    const before = this.get(queue);
    if (before === undefined) return false;
    before.drop();
    this.#open(before.queue, offset, before.lockedAt, before);
    return true;
  }

  /** Stores the progress; by default of all queues that are ours for certain. Never rejects. */
  save(queues: readonly AssignedQueue[] = this.all().filter((assigned) => this.#isCertain(assigned))): Promise<void> {
    const offsets: { queue: MessageQueue; offset: number }[] = [];
    for (const assigned of queues) {
      const offset = this.options.progress(assigned);
      if (offset !== undefined) offsets.push({ queue: assigned.queue, offset });
    }
    return offsets.length === 0 ? Promise.resolve() : this.options.offsets.save(offsets);
  }

  /**
   * The connection to a broker has ended, perhaps with the broker and all its locks: whoever came back first may own our
   * queues now. No further handler starts until the broker has confirmed the locks.
   */
  connectionLost(brokerName: string): void {
    const { locks } = this.options;
    if (locks === undefined) return;
    this.#losses += 1;
    let lost = false;
    for (const assigned of this.#locked()) {
      if (assigned.queue.brokerName !== brokerName) continue;
      assigned.lockedAt = Number.NEGATIVE_INFINITY;
      lost = true;
    }
    if (lost) this.#confirm(locks, 0);
  }

  /** Gives everything up and waits until that is done. */
  async close(): Promise<void> {
    this.#state = 'closed';
    for (const assigned of this.#queues.values()) this.#giveUp(assigned);
    await Promise.all([...this.#releasing.values()].map(({ done }) => done));
    this.#renewal?.cancel();
    this.#confirmation?.cancel();
  }

  async #takeOver(queues: readonly MessageQueue[]): Promise<'taken' | 'refused' | 'failed'> {
    const { client, locks } = this.options;
    if (queues.length === 0) return 'taken';
    const lockedAt = client.clock.monotonic();
    const losses = this.#losses;
    const answers = await locks?.lock(queues);
    const given = answers === undefined ? queues : queues.filter((queue) => answers.get(queueKey(queue)) === 'given');
    const outcomes = await Promise.all(given.map((queue) => this.#takeOne(queue, lockedAt, losses)));
    if (outcomes.includes(false)) return 'failed';
    return given.length < queues.length ? 'refused' : 'taken';
  }

  /** The lock was given after so many `losses`: another one since, and it may be gone. */
  async #takeOne(queue: MessageQueue, lockedAt: number, losses: number): Promise<boolean> {
    const { client, consumeFrom, group, locks, offsets } = this.options;
    try {
      const stored = await startOffset(client, offsets, queue, consumeFrom);
      if (this.#state === 'open') {
        const held = locks === undefined || losses === this.#losses;
        this.#open(queue, stored, held ? lockedAt : Number.NEGATIVE_INFINITY);
        if (!held) this.#confirm(locks, 0);
        return true;
      }
    } catch (error) {
      if (this.#state === 'open')
        client.logger.warn('no offset to start a queue at; it is tried again', { ...queue, group, error });
    }
    // A lock that is not used would keep others away.
    await locks?.unlock([queue]);
    return false;
  }

  #open(queue: MessageQueue, offset: number, lockedAt: number, predecessor?: AssignedQueue): void {
    const { locks, pull, window } = this.options;
    const before = locks === undefined ? undefined : predecessor;
    const assigned = new AssignedQueue(queue, offset, window, before);
    assigned.lockedAt = lockedAt;
    this.#queues.set(queueKey(queue), assigned);
    if (before === undefined) pull(assigned);
    else void before.idle().then(() => pull(assigned));
  }

  #giveUp(assigned: AssignedQueue): void {
    this.#release(assigned, () => this.#handBack(assigned));
  }

  /** The lock is another's: nothing is stored, that could undo what its owner has stored. */
  #lose(assigned: AssignedQueue): void {
    this.#release(assigned, () => Promise.resolve(this.options.lost()));
  }

  #release(assigned: AssignedQueue, finish: () => Promise<void>): void {
    const key = queueKey(assigned.queue);
    assigned.drop();
    this.#queues.delete(key);
    const done = (this.options.locks === undefined ? Promise.resolve() : assigned.idle()).then(finish).finally(() => {
      this.#lastConsumedAt = Math.max(this.#lastConsumedAt, assigned.consumedAt);
      this.#releasing.delete(key);
    });
    this.#releasing.set(key, { assigned, done });
  }

  /** Progress first, then the lock: its next owner starts there. */
  async #handBack(assigned: AssignedQueue): Promise<void> {
    const { locks } = this.options;
    const { queue } = assigned;
    if (locks === undefined || this.#isCertain(assigned)) await this.save([assigned]);
    else {
      const answers = await locks.lock([queue]);
      if (answers.get(queueKey(queue)) !== 'given') return;
      if ((await this.#movedTo(assigned)) === 'not') await this.save([assigned]);
    }
    await locks?.unlock([queue]);
  }

  /**
   * What is stored reaches the broker that gave the lock. Over a connection that is yet to be made it may reach one that
   * started again and gave the lock to another.
   */
  #isCertain(assigned: AssignedQueue): boolean {
    const { client, locks } = this.options;
    if (locks === undefined) return true;
    const master = client.brokers.master(assigned.queue.brokerName);
    return this.holdsLock(assigned) && master !== undefined && client.connection(master) !== undefined;
  }

  /**
   * Where another owner has brought the queue while we did not hold its lock. What is stored is older than our progress
   * otherwise.
   */
  async #movedTo(assigned: AssignedQueue): Promise<number | 'not' | 'unknown'> {
    try {
      const stored = await this.options.offsets.load(assigned.queue, { exact: true });
      return stored !== undefined && stored > assigned.window.commitOffset ? stored : 'not';
    } catch (error) {
      const { client, group } = this.options;
      client.logger.debug('a broker did not tell an offset', { ...assigned.queue, group, error });
      return 'unknown';
    }
  }

  /** Those that are released, too: as long as a handler runs nobody else may. */
  #locked(): AssignedQueue[] {
    return [...this.#queues.values(), ...[...this.#releasing.values()].map(({ assigned }) => assigned)];
  }

  /** Renews the locks out of turn. */
  #confirm(locks: QueueLocks, afterMs: number): void {
    const { client, group } = this.options;
    this.#confirmation?.cancel();
    if (this.#state === 'closed') return;
    const renew = () =>
      this.#renew(locks).catch((error: unknown) =>
        client.logger.warn('confirming queue locks failed', { group, error }),
      );
    this.#confirmation = client.clock.schedule(afterMs, () => void renew(), { background: true });
  }

  async #renew(locks: QueueLocks): Promise<void> {
    const askedAt = this.options.client.clock.monotonic();
    const losses = this.#losses;
    const held = this.#locked();
    const answers = await locks.lock(held.map(({ queue }) => queue));
    if (losses !== this.#losses) return;
    let confirmed = true;
    for (const assigned of held) {
      const owned = this.get(assigned.queue) === assigned;
      const answer = answers.get(queueKey(assigned.queue));
      if (answer === 'refused') {
        if (owned) this.#lose(assigned);
      } else if (answer === 'given' && askedAt - assigned.lockedAt < LOCK_LOST_AFTER_MS) {
        assigned.lockedAt = askedAt;
      } else if (owned && (answer === undefined || !(await this.#regain(assigned, askedAt)))) {
        confirmed = false;
      }
    }
    if (!confirmed) this.#confirm(locks, CONFIRM_AGAIN_MS);
  }

  /** The lock is ours again; in between it may have been another's. False: nobody can tell yet. */
  async #regain(assigned: AssignedQueue, lockedAt: number): Promise<boolean> {
    const moved = await this.#movedTo(assigned);
    if (moved === 'unknown') return false;
    if (this.get(assigned.queue) !== assigned) return true;
    assigned.lockedAt = lockedAt;
    if (moved !== 'not') this.seek(assigned.queue, moved);
    return true;
  }
}
