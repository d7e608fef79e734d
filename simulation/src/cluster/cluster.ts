import type { BrokerOptions } from '@cometmq/broker';
import { type Random, VirtualClock } from '@cometmq/runtime';
import { nodeCodecs } from '@cometmq/runtime/node';
import { type LinkOptions, SimDisk, simHost, SimNetwork } from '@cometmq/testkit';
import type { Observer } from '../observations.js';
import { Trace } from '../trace.js';
import { type BrokerTap, brokerProgram, NAMESRV_PORT, nameServerProgram } from './programs.js';
import { type Program, ProgramSlot } from './program-slot.js';
import { randomFor } from './seeds.js';
import { traceLogger } from './trace-logger.js';

export const NAME_SERVERS = ['namesrv-1', 'namesrv-2'] as const;
export const BROKERS = ['alpha', 'beta'] as const;

export const LINK: LinkOptions = { latencyMs: 1, jitterMs: 2, bytesPerMs: undefined };

export interface ClusterOptions {
  readonly seed: number;
  readonly observer: Observer;
  readonly brokerOptions?: Omit<BrokerOptions, 'storePathRootDir'>;
  /** Of a broker with a name. */
  readonly tap: (broker: string) => BrokerTap;
}

/**
 * Name servers, brokers and clients, each on a host of its own, in one process on one virtual clock. Everything that
 * happens follows from the seed.
 */
export class Cluster {
  readonly clock = new VirtualClock();
  readonly trace: Trace;
  readonly network: SimNetwork;
  /** By program: brokers alone have one that outlives them. */
  readonly disks = new Map<string, SimDisk>();
  /** Name servers first, then brokers, then clients. */
  readonly #slots = new Map<string, ProgramSlot>();
  readonly #addresses = new Map<string, string>();
  readonly #names = new Map<string, string>();
  #clients = 0;

  constructor(private readonly options: ClusterOptions) {
    this.trace = new Trace(this.clock, nodeCodecs());
    this.network = new SimNetwork({
      clock: this.clock,
      random: this.random('network'),
      link: LINK,
      reslice: true,
      onBytes: (bytes) => this.trace.wire(bytes),
      onEvent: ({ kind, from, to }) => {
        if (kind !== 'crash') this.trace.add(this.nameOf(from), 'n', `${kind} ${this.nameOf(to)}`);
      },
    });
    for (const [at, name] of NAME_SERVERS.entries()) this.#add(name, `10.0.0.${1 + at}`, nameServerProgram);
    for (const [at, name] of BROKERS.entries()) this.#addBroker(name, `10.0.0.${11 + at}`);
  }

  /** For clients and brokers: all name servers. */
  get namesrv(): string {
    return NAME_SERVERS.map((name) => `memory://${this.address(name)}:${NAMESRV_PORT}`).join(';');
  }

  random(purpose: string): Random {
    return randomFor(this.options.seed, purpose);
  }

  addClient(name: string, program: Program): void {
    this.#clients += 1;
    this.#add(name, `10.0.1.${this.#clients}`, program);
  }

  slot(name: string): ProgramSlot {
    const slot = this.#slots.get(name);
    if (slot === undefined) throw new Error(`there is no program ${name}`);
    return slot;
  }

  get programs(): readonly string[] {
    return [...this.#slots.keys()];
  }

  /** Whether every program is as it is wanted to be. */
  get atRest(): boolean {
    return [...this.#slots.values()].every(({ atRest }) => atRest);
  }

  address(name: string): string {
    const address = this.#addresses.get(name);
    if (address === undefined) throw new Error(`there is no program ${name}`);
    return address;
  }

  nameOf(address: string): string {
    return this.#names.get(address) ?? address;
  }

  /** Lets time pass until something holds; false when it did not within `limitMs`. */
  async until(condition: () => boolean, limitMs: number, stepMs = 250): Promise<boolean> {
    const deadline = this.clock.monotonic() + limitMs;
    while (!condition()) {
      if (this.clock.monotonic() >= deadline) return false;
      await this.clock.advance(stepMs);
    }
    return true;
  }

  #addBroker(name: string, address: string): void {
    const disk = new SimDisk({ clock: this.clock, random: this.random(`disk of ${name}`), syncMs: [0.2, 3] });
    this.disks.set(name, disk);
    const options = { ...this.options.brokerOptions, brokerName: name, namesrvAddr: this.namesrv };
    const tap = this.options.tap(name);
    this.#add(name, address, (host, life) => brokerProgram(options, tap)(host, life), disk);
  }

  #add(name: string, address: string, program: Program, disk?: SimDisk): void {
    this.#addresses.set(name, address);
    this.#names.set(address, name);
    const { clock, network, trace } = this;
    const random = this.random(name);
    const logger = traceLogger(trace, name);
    const newHost = () =>
      simHost({ name: address, clock, random, network, logger, ...(disk === undefined ? {} : { disk }) });
    this.#slots.set(
      name,
      new ProgramSlot(name, clock, newHost, program, {
        up: (life) => trace.add(name, 'u', `life ${life}`),
        down: (how) => {
          trace.add(name, 'd', how);
          this.options.observer({ kind: 'gone', program: name, killed: how !== 'closed' });
        },
        failed: (error) => trace.add(name, 'w', error instanceof Error ? error.message : String(error)),
      }),
    );
  }
}
