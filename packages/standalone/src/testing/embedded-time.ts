import type { Clock } from '@cometmq/runtime';

/** What goes on beside the timers; virtual time asks before it goes on. */
export interface Surroundings {
  /** Everything happens in this process without real files and sockets: what does not go on waits for time. */
  readonly closed: boolean;
  /** Clients live on this clock. Those on sockets do not: what is deadlines for the servers is no time for them. */
  readonly clientsShareClock: boolean;
  /** Handlers or real files are at work, and have not been waited for long enough. */
  readonly busy: boolean;
  /** Changes when members, topics or connections come or go: for a while after it every timer matters. */
  readonly shape: string;
  /** Resolves when what is busy has done what it does now, or has been waited for long enough. */
  quiet(): Promise<void>;
  /** Wall clock of the next message that is due at a time of its own; undefined: there is none. */
  nextDueAt(): Promise<number | undefined>;
  /** Nothing is to be delivered or settled, and nothing but the messages of `nextDueAt` waits for a time. */
  idle(): Promise<boolean>;
  /** Tells those that sleep towards a moment of the wall clock that it was set forward. */
  wallClockSet(): void;
}

/** The time of an embedded server: virtual or real. */
export interface EmbeddedTime {
  /** Of the servers and of the clients on this server's ports. */
  readonly clock: Clock;
  /** From here on time goes on by itself. */
  start(around: Surroundings): void;
  /** Time stands still; nothing is planned any more. */
  stop(): void;
  /** Waits for something that this process does by itself, such as a start. */
  progress<T>(work: Promise<T>): Promise<T>;
  /** Lets `ms` pass. Rejects when time is real. */
  advance(ms: number): Promise<void>;
  /**
   * One round of waiting for others. `forTime`: nothing will happen before time goes on; virtual time goes on to the next
   * timer then, or by `ms` when that is given.
   */
  pause(forTime: boolean, ms?: number): Promise<void>;
}

/** How often something real is looked at again. */
export const REAL_PAUSE_MS = 1;
