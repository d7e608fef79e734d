import type { MessageView } from '@cometmq/sdk';
import type { Duration } from '../duration.js';

/** Which messages are met, and how often. What is left out does not restrict. */
interface Choice {
  /** Only messages of this topic (the one they were first sent to). */
  topic?: string;
  /** Only messages for which it returns true. */
  match?: (message: MessageView) => boolean;
  /** From 0 (none) to 1 (all, the default). Which ones follows from the seed. */
  chance?: number;
  /** So often at most; default: no limit. */
  times?: number;
  /** Default: that of the server. */
  seed?: number;
}

/**
 * Something that may happen to a delivery in any RocketMQ cluster. Concurrent groups (the default mode) only: an orderly group
 * is promised its order, a broadcasting group and pull consumers get everything once.
 */
export interface DeliveryFault extends Choice {
  /**
   * `duplicate`: the message comes a second time (a member went before it had stored its progress).
   * `reorder`: messages behind it come first.
   * `delay`: it comes later.
   * `drop`: the delivery is lost with who had it; the message comes again.
   */
  kind: 'duplicate' | 'reorder' | 'delay' | 'drop';
  /** Only deliveries to this group. */
  group?: string;
  /**
   * When the message comes (again); default: `duplicate` at once, `reorder` after three others or 1 s, `delay` and `drop`
   * after 10 s.
   */
  after?: Duration;
}

/** A producer that got no answer sends again: the message stands twice in its queue. Every kind of group sees it. */
export interface ResendFault extends Choice {
  kind: 'resend';
}

interface Outage {
  /** Default: the first broker. */
  broker?: string;
  /** Again and again, with gaps around this length that follow from the seed. Default: once, now. */
  every?: Duration;
  seed?: number;
}

/** The broker ends without a word. It comes back after `downFor`, without it with `stop()` or `restartBroker()`. */
export interface KillBrokerFault extends Outage {
  kind: 'kill-broker';
  downFor?: Duration;
}

/** Every connection of the broker breaks off; with `downFor` new ones are refused so long. */
export interface CutConnectionFault extends Outage {
  kind: 'cut-connection';
  downFor?: Duration;
}

/** No space is left on the broker's disk until `stop()`: it takes no messages and gives out those it has. Memory stores only. */
export interface FullDiskFault {
  kind: 'full-disk';
  /** Default: the first. */
  broker?: string;
}

export type Fault = DeliveryFault | ResendFault | KillBrokerFault | CutConnectionFault | FullDiskFault;

/** Something that a fault has done. */
export interface FaultHit {
  /** Of the servers. */
  readonly at: Date;
  /** What was met: a message, or the name of a broker. */
  readonly message?: MessageView;
  readonly group?: string;
  readonly broker: string;
}

/** A fault that goes on until it is stopped. */
export interface ActiveFault extends AsyncDisposable {
  readonly kind: Fault['kind'];
  /** What it has done so far, the last 10 000 of it. */
  readonly hits: readonly FaultHit[];
  /** Nothing more is met; a broker that is down is started, a full disk has space again. What is held back still comes. Idempotent. */
  stop(): Promise<void>;
}

const MAX_HITS = 10_000;

/** What all faults have in common. */
export class FaultRecord implements ActiveFault {
  readonly hits: FaultHit[] = [];
  #stopped: Promise<void> | undefined;

  constructor(
    readonly kind: Fault['kind'],
    private readonly undo: () => void | Promise<void>,
  ) {}

  get active(): boolean {
    return this.#stopped === undefined;
  }

  hit(hit: FaultHit): void {
    this.hits.push(hit);
    if (this.hits.length > MAX_HITS) this.hits.shift();
  }

  stop(): Promise<void> {
    this.#stopped ??= Promise.resolve(this.undo());
    return this.#stopped;
  }

  [Symbol.asyncDispose](): Promise<void> {
    return this.stop();
  }
}
