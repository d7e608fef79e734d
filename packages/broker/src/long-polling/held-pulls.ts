import type { Connection } from '@cometmq/remoting';
import type { Watermark } from '@cometmq/runtime';

/** How a wait ended. */
export type WaitEnd = 'arrived' | 'deadline' | 'closed';

/** One client may hold this many, or a tenth of all if that is more: the others need room, too. */
const LEAST_PER_CONNECTION = 1000;

/** The requests that wait for messages: how many, and whose (ARCHITECTURE, section 5). */
export class HeldPulls {
  readonly #byConnection = new Map<Connection, Set<() => void>>();
  #count = 0;

  constructor(
    /** Above it nothing more is held. */
    private readonly maxHeld: number,
  ) {}

  get count(): number {
    return this.#count;
  }

  /** Whether no more pulls of this client are held. */
  fullFor(connection: Connection): boolean {
    if (this.#count >= this.maxHeld) return true;
    const held = this.#byConnection.get(connection)?.size ?? 0;
    return held >= Math.max(LEAST_PER_CONNECTION, Math.floor(this.maxHeld / 10));
  }

  /** Waits until the queue's end has passed `offset`, the deadline (monotonic) has come or the connection is gone. */
  wait(queueEnd: Watermark, offset: number, deadline: number, connection: Connection): Promise<WaitEnd> {
    return new Promise((resolve) => {
      const waits = this.#of(connection);
      const end = (how: WaitEnd) => {
        if (!waits.delete(closed)) return;
        this.#count--;
        resolve(how);
      };
      const closed = () => end('closed');
      waits.add(closed);
      this.#count++;
      void queueEnd.reached(offset + 1, deadline).then((reached) => end(reached ? 'arrived' : 'deadline'));
    });
  }

  #of(connection: Connection): Set<() => void> {
    let waits = this.#byConnection.get(connection);
    if (waits === undefined) {
      const made = new Set<() => void>();
      waits = made;
      this.#byConnection.set(connection, made);
      connection.onClose(() => {
        this.#byConnection.delete(connection);
        for (const closed of made) closed();
      });
    }
    return waits;
  }
}
