import { type Clock, seededRandom, type Timer } from '@cometmq/runtime';
import { durationMs } from '../duration.js';
import type { EmbeddedBroker } from '../embedded-cluster.js';
import { type CutConnectionFault, type FullDiskFault, FaultRecord, type KillBrokerFault } from './fault.js';

export interface ServerFaultPorts {
  readonly clock: Clock;
  readonly seed: number;
  broker(name: string | undefined): EmbeddedBroker;
  /** For what goes wrong when nobody waits for it. */
  onError(error: unknown): void;
}

/** What can be done to a broker and undone. */
interface Blow {
  strike(): void | Promise<void>;
  heal(): void | Promise<void>;
}

/** Faults of whole brokers that are going on. */
export class ServerFaults {
  readonly #timers = new Set<Timer>();

  constructor(private readonly ports: ServerFaultPorts) {}

  /** Something is planned: no timer may be passed over. */
  get planned(): boolean {
    return this.#timers.size > 0;
  }

  kill(fault: KillBrokerFault): FaultRecord {
    const { node } = this.ports.broker(fault.broker);
    return this.#outage(fault, { strike: () => node.kill(), heal: () => node.start() });
  }

  cut(fault: CutConnectionFault): FaultRecord {
    const { node } = this.ports.broker(fault.broker);
    const lasting = fault.downFor !== undefined;
    return this.#outage(fault, {
      strike: () => {
        node.refuse(lasting);
        node.cut();
      },
      heal: () => node.refuse(false),
    });
  }

  /** Throws TypeError for a broker whose disk is real. */
  fillDisk(fault: FullDiskFault): FaultRecord {
    const { disk, name } = this.ports.broker(fault.broker);
    if (disk === undefined) throw new TypeError('fault full-disk needs the memory store: this one is a real directory');
    const usual = disk.capacityBytes;
    disk.capacityBytes = disk.usedBytes;
    disk.plan({ operation: 'write', path: 'commitlog', code: 'NO_SPACE', count: Number.MAX_SAFE_INTEGER });
    const record = new FaultRecord(fault.kind, () => {
      disk.capacityBytes = usual;
      disk.faults.clear();
    });
    record.hit({ at: new Date(this.ports.clock.now()), broker: name });
    return record;
  }

  close(): void {
    for (const timer of this.#timers) timer.cancel();
    this.#timers.clear();
  }

  #outage(fault: KillBrokerFault | CutConnectionFault, blow: Blow): FaultRecord {
    const { clock, onError, seed } = this.ports;
    const { name } = this.ports.broker(fault.broker);
    const random = seededRandom(fault.seed ?? seed);
    const downMs = fault.downFor === undefined ? undefined : durationMs(fault.downFor);
    const everyMs = fault.every === undefined ? undefined : durationMs(fault.every);
    const work = (done: void | Promise<void>): void => void Promise.resolve(done).catch(onError);
    let timers: Timer[] = [];
    const later = (delayMs: number, run: () => void) => {
      const timer = clock.schedule(delayMs, () => {
        this.#timers.delete(timer);
        run();
      });
      this.#timers.add(timer);
      timers = [...timers.filter((each) => this.#timers.has(each)), timer];
    };
    const record: FaultRecord = new FaultRecord(fault.kind, () => {
      for (const timer of timers) {
        timer.cancel();
        this.#timers.delete(timer);
      }
      return blow.heal();
    });
    const strike = () => {
      record.hit({ at: new Date(clock.now()), broker: name });
      work(blow.strike());
      if (downMs !== undefined) later(downMs, () => work(blow.heal()));
      if (everyMs !== undefined) again();
    };
    const again = () => later(Math.max(everyMs! * (0.5 + random.next()), (downMs ?? 0) + 1), strike);
    if (everyMs === undefined) strike();
    else again();
    return record;
  }
}
