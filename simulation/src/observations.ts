/** What a simulation's programs do and see; checkers know nothing else. */
export type Observation =
  /** A producer is about to send. `delayed`: it is stored elsewhere first. */
  | { readonly kind: 'sent'; readonly id: number; readonly by: string; readonly delayed: boolean }
  /** The broker has taken it. Undefined places: those of delayed messages and of all of a batch but its first. */
  | { readonly kind: 'acknowledged'; readonly id: number; readonly place: Place | undefined }
  /** A handler gets a message. */
  | ({ readonly kind: 'begin' } & Delivery)
  /** It is done with it: handled, or it failed and the message has to come again. */
  | ({ readonly kind: 'end'; readonly handled: boolean } & Delivery)
  /** A program is gone; what its handlers were at has ended. A broker that was killed may have forgotten the newest commits. */
  | { readonly kind: 'gone'; readonly program: string; readonly killed: boolean }
  /** What a broker holds as a group's committed offset, and who has just changed it; undefined: nobody, it was so before. */
  | {
      readonly kind: 'committed';
      readonly by: string | undefined;
      readonly group: string;
      readonly queue: string;
      readonly offset: number;
      /** Virtual ms. */
      readonly atMs: number;
    }
  /** A broker gave a member the lock of a queue, until then at most, or took it back (0). */
  | {
      readonly kind: 'locked';
      readonly group: string;
      readonly queue: string;
      readonly member: string;
      readonly untilMs: number;
    }
  /** The queues that a member owns from now on. */
  | { readonly kind: 'owned'; readonly member: string; readonly group: string; readonly queues: readonly string[] };

/** Where a message stands: `broker/topic/number` and its offset. */
export interface Place {
  readonly queue: string;
  readonly offset: number;
}

export interface Delivery {
  readonly group: string;
  readonly member: string;
  readonly id: number;
  /** The queue it was pulled from, that of retries included. */
  readonly place: Place;
  /** The content is what was sent. */
  readonly intact: boolean;
}

export type Observer = (observation: Observation) => void;

export function placeText({ queue, offset }: Place): string {
  return `${queue}#${offset}`;
}

export function brokerOf(queue: string): string {
  return queue.slice(0, queue.indexOf('/'));
}
