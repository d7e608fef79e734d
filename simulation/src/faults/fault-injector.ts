import { type Fault, runFaultPlan } from '@cometmq/testkit';
import { type Cluster, LINK } from '../cluster/cluster.js';
import { type ClusterFault, faultText, type PlannedFault } from './fault.js';

/** Carries a plan out from now on. */
export class FaultInjector {
  #open: number;

  constructor(
    private readonly cluster: Cluster,
    plan: readonly PlannedFault[],
  ) {
    this.#open = plan.length;
    for (const { atMs, fault, forMs } of plan) {
      cluster.clock.schedule(atMs, () => {
        cluster.trace.add('', 'F', faultText(fault));
        const heal = this.#begin(fault, forMs);
        cluster.clock.schedule(forMs, () => {
          cluster.trace.add('', 'H', faultText(fault));
          heal();
          this.#open -= 1;
        });
      });
    }
  }

  /** Everything has happened and is healed. */
  get done(): boolean {
    return this.#open === 0;
  }

  /** Returns what undoes it, beside what the testkit undoes itself. */
  #begin(fault: ClusterFault, forMs: number): () => void {
    const { cluster } = this;
    switch (fault.kind) {
      case 'restart':
        cluster.slot(fault.host).close();
        return () => cluster.slot(fault.host).up();
      case 'join':
        cluster.slot(fault.host).up();
        return () => cluster.slot(fault.host).close();
      case 'partition': {
        const [one, two] = [cluster.address(fault.one), cluster.address(fault.two)];
        cluster.network.cut(one, two);
        cluster.network.cut(two, one);
        return () => {
          cluster.network.heal(one, two);
          cluster.network.heal(two, one);
        };
      }
      case 'sync-error':
      case 'sync-loss':
        this.#beginKnown(fault, forMs);
        // A store that could not be synced takes nothing more until it is opened again.
        return () => {
          cluster.slot(fault.host).crash('process');
          cluster.slot(fault.host).up();
        };
      default:
        this.#beginKnown(fault, forMs);
        return () => {};
    }
  }

  #beginKnown(fault: Fault, forMs: number): void {
    const { clock, disks, network } = this.cluster;
    const { cluster } = this;
    runFaultPlan([{ atMs: 0, untilMs: forMs, fault: withAddresses(fault, (name) => cluster.address(name)) }], {
      clock,
      network,
      link: LINK,
      disks: new Map([...disks].map(([name, disk]) => [cluster.address(name), disk])),
      crash: (host, how) => cluster.slot(cluster.nameOf(host)).crash(how),
      restart: (host) => cluster.slot(cluster.nameOf(host)).up(),
    });
  }
}

function withAddresses(fault: Fault, address: (name: string) => string): Fault {
  if ('host' in fault) return { ...fault, host: address(fault.host) };
  if ('from' in fault) return { ...fault, from: address(fault.from), to: address(fault.to) };
  return 'one' in fault ? { ...fault, one: address(fault.one), two: address(fault.two) } : fault;
}
