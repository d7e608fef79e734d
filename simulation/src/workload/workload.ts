import type { Cluster } from '../cluster/cluster.js';
import { clientProgram } from '../cluster/programs.js';
import type { Observer } from '../observations.js';
import { type Group, Member } from './member.js';
import { Sender } from './sender.js';

const TOPIC = 'orders';

export const GROUPS: readonly Group[] = [
  { name: 'shared', mode: 'concurrent', failures: 0.03, workMs: 40 },
  { name: 'orderly', mode: 'orderly', failures: 0.02, workMs: 20 },
];

export const SENDERS = ['sender-1', 'sender-2'] as const;
/** By group: those that are there from the beginning. */
export const MEMBERS = ['shared-1', 'shared-2', 'orderly-1', 'orderly-2'] as const;
/** Those that join when a fault says so, and leave in order afterwards. */
export const SPARES = ['shared-3', 'orderly-3'] as const;

export interface WorkloadOptions {
  /** Pause between two sends of one sender, on average, ms. */
  readonly pauseMs: number;
}

/** Two producers and two groups of consumers on a cluster. */
export class Workload {
  #nextId = 1;
  #sending = true;

  constructor(
    private readonly cluster: Cluster,
    observer: Observer,
    { pauseMs }: WorkloadOptions,
  ) {
    const { namesrv, trace } = cluster;
    const chance = cluster.random('workload');
    // Some deployments give a member its old name again after a restart, others a new one.
    const sameNames = chance.next() < 0.5;
    const instanceName = (name: string) => (life: number) => (sameNames ? name : `${name}-${life}`);
    for (const name of [...MEMBERS, ...SPARES]) {
      const group = GROUPS.find((each) => name.startsWith(each.name))!;
      const random = cluster.random(`handlers of ${name}`);
      const member = new Member({ name, group, topic: TOPIC, trace, observer, random });
      cluster.addClient(
        name,
        clientProgram(namesrv, instanceName(name), (mq, host) => member.run(mq, host)),
      );
    }
    for (const name of SENDERS) {
      const sender = new Sender({
        name,
        topic: TOPIC,
        trace,
        observer,
        random: cluster.random(`sends of ${name}`),
        nextId: () => this.#nextId++,
        sending: () => this.#sending,
        pauseMs,
      });
      cluster.addClient(
        name,
        clientProgram(namesrv, instanceName(name), (mq, host) => sender.run(mq, host)),
      );
    }
  }

  /** Messages that somebody tried to send. */
  get sent(): number {
    return this.#nextId - 1;
  }

  start(): void {
    for (const name of [...MEMBERS, ...SENDERS]) this.cluster.slot(name).up();
  }

  /** Nothing new is sent from now on. */
  endSending(): void {
    this.#sending = false;
  }
}
