import type { Clock, Timer } from '@cometmq/runtime';
import type { SimHost } from '@cometmq/testkit';

/** A program that runs on a simulated host, until it is closed in order or its host crashes. */
export interface Running {
  close(): Promise<void>;
}

/** Starts a program. `life` counts its starts from 1. */
export type Program = (host: SimHost, life: number) => Promise<Running>;

export type HowDown = 'process' | 'power' | 'closed';

export interface SlotEvents {
  up(life: number): void;
  /** Nothing of that life does anything any more. */
  down(how: HowDown, life: number): void;
  /** It did not start; it is tried again. */
  failed(error: unknown): void;
}

type Life =
  | { readonly state: 'down' }
  | { readonly state: 'starting'; readonly host: SimHost }
  | { readonly state: 'up'; readonly host: SimHost; readonly running: Running }
  | { readonly state: 'closing'; readonly host: SimHost };

const START_AGAIN_MS = 1_000;
const DOWN: Life = { state: 'down' };

/** A place for a program: keeps it running as a supervisor would while it is wanted, through crashes and failing starts. */
export class ProgramSlot {
  #life: Life = DOWN;
  #lives = 0;
  #wanted = false;
  /** After a start that failed. */
  #again: Timer | undefined;

  constructor(
    readonly name: string,
    private readonly clock: Clock,
    private readonly newHost: () => SimHost,
    private readonly program: Program,
    private readonly events: SlotEvents,
  ) {}

  /** It is as it is wanted to be. */
  get atRest(): boolean {
    return this.#life.state === (this.#wanted ? 'up' : 'down');
  }

  up(): void {
    this.#wanted = true;
    this.#startIfWanted();
  }

  /** It ends without a word; with `power` its disk loses what was not synced. */
  crash(how: 'process' | 'power'): void {
    this.#wanted = false;
    if (this.#life.state !== 'down') this.#end(this.#life.host, how);
  }

  /** It is closed in order. One that is still starting is killed. */
  close(): void {
    this.#wanted = false;
    const life = this.#life;
    if (life.state === 'starting') this.#end(life.host, 'process');
    if (life.state === 'up') void this.#close(life.host, life.running);
  }

  async #start(): Promise<void> {
    this.#lives += 1;
    const host = this.newHost();
    const mine: Life = { state: 'starting', host };
    this.#life = mine;
    try {
      const running = await this.program(host, this.#lives);
      if (this.#life !== mine) return;
      this.#life = { state: 'up', host, running };
      this.events.up(this.#lives);
    } catch (error) {
      if (this.#life !== mine) return;
      this.events.failed(error);
      this.#end(host, 'process');
      if (this.#wanted) this.#again = this.clock.schedule(START_AGAIN_MS, () => this.#startIfWanted());
    }
  }

  #startIfWanted(): void {
    this.#again?.cancel();
    if (this.#wanted && this.#life.state === 'down') void this.#start();
  }

  async #close(host: SimHost, running: Running): Promise<void> {
    const mine: Life = { state: 'closing', host };
    this.#life = mine;
    // What fails in it the program has logged; it ends all the same.
    await running.close().catch((error: unknown) => this.events.failed(error));
    if (this.#life === mine) this.#end(host, 'closed');
    this.#startIfWanted();
  }

  #end(host: SimHost, how: HowDown): void {
    this.#life = DOWN;
    host.crash(how === 'power' ? 'power' : 'process');
    this.events.down(how, this.#lives);
  }
}
