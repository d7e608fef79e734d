import {
  type Clock,
  type Disk,
  type Logger,
  type Ports,
  type Random,
  silentLogger,
  type Timer,
} from '@cometmq/runtime';
import { nodeCodecs } from '@cometmq/runtime/node';
import { memoryDisk, type SimDisk } from './sim-disk.js';
import type { SimNetwork } from './sim-network.js';

export interface SimHostOptions {
  /** By which other hosts dial it; best an IPv4 address, which fits into RocketMQ's records. */
  readonly name: string;
  readonly clock: Clock;
  readonly random: Random;
  readonly network: SimNetwork;
  /** Default: a disk in memory, gone with the host. */
  readonly disk?: SimDisk;
  /** Default: silent. */
  readonly logger?: Logger;
}

/** The outside world of one program on a simulated host, from its start to its crash. */
export interface SimHost extends Ports {
  readonly name: string;
  /**
   * The program ends without a word: its timers, connections and files do nothing any more. To start it again take a new
   * `simHost` of the same name and disk.
   */
  crash(how: 'process' | 'power'): void;
}

/** A timer of a program; gone with it. */
class ProgramTimer implements Timer {
  #inner: Timer | undefined;

  constructor(private readonly timers: Set<ProgramTimer>) {
    timers.add(this);
  }

  arm(inner: Timer): void {
    this.#inner = inner;
  }

  fired(): void {
    this.timers.delete(this);
  }

  cancel(): void {
    if (this.timers.delete(this)) this.#inner?.cancel();
  }
}

/** A clock whose timers all end at once. */
class ProgramClock implements Clock {
  readonly #timers = new Set<ProgramTimer>();
  #dead = false;

  constructor(private readonly clock: Clock) {}

  now(): number {
    return this.clock.now();
  }

  monotonic(): number {
    return this.clock.monotonic();
  }

  schedule(delayMs: number, callback: () => void, options?: { readonly background?: boolean }): Timer {
    const timer = new ProgramTimer(this.#timers);
    if (this.#dead) return timer;
    const run = () => {
      timer.fired();
      callback();
    };
    timer.arm(this.clock.schedule(delayMs, run, options));
    return timer;
  }

  afterTurn(callback: () => void): void {
    this.clock.afterTurn(() => this.#run(callback));
  }

  afterMicrotasks(callback: () => void): void {
    this.clock.afterMicrotasks(() => this.#run(callback));
  }

  stop(): void {
    this.#dead = true;
    for (const timer of this.#timers) timer.cancel();
  }

  #run(callback: () => void): void {
    if (!this.#dead) callback();
  }
}

const codecs = nodeCodecs();

/** Starts a simulated host: the ports for what runs on it. */
export function simHost(options: SimHostOptions): SimHost {
  const { clock, disk, name, network, random } = options;
  const programClock = new ProgramClock(clock);
  const { acceptor, dialer } = network.host(name);
  const files: Disk = disk?.mount(name) ?? memoryDisk(clock, random);
  return {
    name,
    clock: programClock,
    random,
    disk: files,
    codecs,
    logger: (options.logger ?? silentLogger).child({ host: name }),
    acceptor,
    // Whatever an address says, here it leads over the simulated network.
    dialers: { tcp: dialer, ws: dialer, memory: dialer },
    crash(how) {
      programClock.stop();
      network.crash(name, how);
      disk?.crash(how);
    },
  };
}
