import type { Clock } from '@cometmq/runtime';

/** Time a lock lives without being renewed, ms: `rocketmq.broker.rebalance.lockMaxLiveTime`. */
export const LOCK_MAX_LIVE_TIME_MS = 60_000;

/** Groups × queues that can be locked; above it new locks are refused until old ones are gone. */
export const MAX_LOCKS = 1_000_000;

/** A queue as orderly consumers name it. */
export interface LockedQueue {
  readonly topic: string;
  readonly brokerName: string;
  readonly queueId: number;
}

interface Lock {
  clientId: string;
  renewedAt: number;
}

const keyOf = (queue: LockedQueue): string => `${queue.topic}@${queue.brokerName}@${queue.queueId}`;

/** Which client of an orderly group owns which queue (broker-semantics, section 6). In memory: consumers lock anew. */
export class QueueLocks {
  readonly #groups = new Map<string, Map<string, Lock>>();
  #count = 0;

  constructor(private readonly clock: Pick<Clock, 'monotonic'>) {}

  get count(): number {
    return this.#count;
  }

  /** The queues of `queues` that `clientId` owns after the call: free ones, its own, and those whose owner let them expire. */
  lock<Queue extends LockedQueue>(group: string, clientId: string, queues: readonly Queue[]): Queue[] {
    const now = this.clock.monotonic();
    return queues.filter((queue) => this.#take(group, keyOf(queue), clientId, now));
  }

  /** Gives back the queues that `clientId` owns; others stay as they are. */
  unlock(group: string, clientId: string, queues: readonly LockedQueue[]): void {
    const locks = this.#groups.get(group);
    if (locks === undefined) return;
    for (const queue of queues) {
      const key = keyOf(queue);
      if (locks.get(key)?.clientId === clientId && locks.delete(key)) this.#count--;
    }
    if (locks.size === 0) this.#groups.delete(group);
  }

  /** True while the group holds an unexpired lock: it consumes orderly. */
  isHeld(group: string): boolean {
    const locks = this.#groups.get(group);
    if (locks === undefined) return false;
    const now = this.clock.monotonic();
    for (const lock of locks.values()) if (!isExpired(lock, now)) return true;
    return false;
  }

  /** Who holds an unexpired lock on the queue. */
  owner(group: string, queue: LockedQueue): string | undefined {
    const locks = this.#groups.get(group);
    if (locks === undefined) return undefined;
    const lock = locks.get(keyOf(queue));
    return lock === undefined || isExpired(lock, this.clock.monotonic()) ? undefined : lock.clientId;
  }

  /** Forgets what has expired; housekeeping. */
  sweep(): void {
    const now = this.clock.monotonic();
    for (const [group, locks] of this.#groups) {
      for (const [key, lock] of locks) if (isExpired(lock, now) && locks.delete(key)) this.#count--;
      if (locks.size === 0) this.#groups.delete(group);
    }
  }

  #take(group: string, key: string, clientId: string, now: number): boolean {
    let locks = this.#groups.get(group);
    const lock = locks?.get(key);
    if (lock !== undefined) {
      if (lock.clientId !== clientId && !isExpired(lock, now)) return false;
      lock.clientId = clientId;
      lock.renewedAt = now;
      return true;
    }
    if (this.#count >= MAX_LOCKS) return false;
    if (locks === undefined) this.#groups.set(group, (locks = new Map()));
    locks.set(key, { clientId, renewedAt: now });
    this.#count++;
    return true;
  }
}

function isExpired(lock: Lock, now: number): boolean {
  return now - lock.renewedAt > LOCK_MAX_LIVE_TIME_MS;
}
