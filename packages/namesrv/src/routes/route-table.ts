import { MASTER_ID, Perm, type QueueData, sameDataVersion, type TopicQueueMappingInfo } from '@cometmq/protocol';
import type {
  BrokerEntry,
  BrokerGroup,
  BrokerIdentity,
  BrokerRegistration,
  MinBrokerIdChange,
  RegisterOutcome,
  TopicRoute,
} from './broker-registration.js';

const DEFAULT_MAX_BROKERS = 10_000;

interface MutableGroup extends BrokerGroup {
  zoneName: string | undefined;
  enableActingMaster: boolean;
  readonly addresses: Map<number, string>;
}

/** A broker's address counts within its cluster. */
export function brokerKey(cluster: string, address: string): string {
  return `${cluster}\n${address}`;
}

/**
 * Which brokers exist and which of them have which topics. Pure: no time, no connections. `version` grows with every
 * change that an answer could show. Every record handed out is replaced, never changed.
 */
export class RouteTable {
  readonly #topics = new Map<string, Map<string, QueueData>>();
  readonly #topicsOfBroker = new Map<string, Set<string>>();
  readonly #mappings = new Map<string, Map<string, TopicQueueMappingInfo>>();
  readonly #groups = new Map<string, MutableGroup>();
  readonly #clusters = new Map<string, Set<string>>();
  readonly #entries = new Map<string, BrokerEntry>();
  #version = 0;

  constructor(
    private readonly options: {
      readonly deleteTopicWithBrokerRegistration?: boolean;
      /** Broker processes; more are refused. Default 10 000. */
      readonly maxBrokers?: number;
    } = {},
  ) {}

  get version(): number {
    return this.#version;
  }

  get groups(): ReadonlyMap<string, BrokerGroup> {
    return this.#groups;
  }

  /** Broker names by cluster. */
  get clusters(): ReadonlyMap<string, ReadonlySet<string>> {
    return this.#clusters;
  }

  get topics(): ReadonlyMap<string, ReadonlyMap<string, QueueData>> {
    return this.#topics;
  }

  /** What the broker at this address last registered. */
  entry(cluster: string, address: string): BrokerEntry | undefined {
    return this.#entries.get(brokerKey(cluster, address));
  }

  /** The group and id that an address belongs to. */
  identify(cluster: string, address: string): BrokerIdentity | undefined {
    for (const group of this.#groups.values()) {
      if (group.cluster !== cluster) continue;
      for (const [brokerId, brokerAddr] of group.addresses) {
        if (brokerAddr === address) return { clusterName: cluster, brokerName: group.brokerName, brokerAddr, brokerId };
      }
    }
    return undefined;
  }

  register(broker: BrokerRegistration): RegisterOutcome {
    const known = this.#groups.get(broker.brokerName);
    if (known && this.#isOutdated(known, broker)) {
      this.#entries.delete(brokerKey(broker.clusterName, broker.brokerAddr));
      return { kind: 'outdated' };
    }
    const isMember = known?.addresses.has(broker.brokerId) === true;
    if (broker.topics.length === 1 && !isMember) return { kind: 'refused', remark: 'register broker failed' };
    if (!isMember && this.#entries.size >= (this.options.maxBrokers ?? DEFAULT_MAX_BROKERS)) {
      return {
        kind: 'refused',
        remark: `register broker failed: ${this.#entries.size} brokers are registered, which is the most`,
      };
    }
    const group = known ?? this.#addGroup(broker);
    this.#addToCluster(broker.clusterName, broker.brokerName);
    // An empty group counts as led by id 0: its first member changes nothing (broker-semantics, 13.1).
    const formerMin = group.addresses.size === 0 ? MASTER_ID : minId(group);
    this.#setGroupTraits(group, broker);
    const first = this.#setAddress(group, broker);
    if (
      broker.brokerId === MASTER_ID ||
      (broker.enableActingMaster !== undefined && broker.brokerId === minId(group))
    ) {
      this.#takeTopics(group, broker, first);
    }
    this.#setEntry(broker);
    const change =
      broker.brokerId < formerMin
        ? { group: snapshot(group), offlineAddr: undefined, haServerAddr: broker.haServerAddr }
        : undefined;
    return { kind: 'registered', master: this.#masterFor(group, broker), change };
  }

  /** Takes brokers out; returns the groups that have another smallest id now. */
  unregister(brokers: readonly BrokerIdentity[]): MinBrokerIdChange[] {
    const changes = new Map<string, MinBrokerIdChange>();
    const gone = new Set<string>();
    const reduced = new Set<string>();
    for (const broker of brokers) {
      if (this.#entries.delete(brokerKey(broker.clusterName, broker.brokerAddr))) this.#version++;
      const group = this.#groups.get(broker.brokerName);
      if (group === undefined) continue;
      const led = group.addresses.size > 0 && broker.brokerId === minId(group);
      for (const [id, address] of group.addresses) if (address === broker.brokerAddr) group.addresses.delete(id);
      this.#version++;
      if (group.addresses.size === 0) {
        this.#removeGroup(group, broker.clusterName);
        gone.add(broker.brokerName);
        changes.delete(broker.brokerName);
        continue;
      }
      reduced.add(broker.brokerName);
      if (led && group.enableActingMaster) {
        changes.set(broker.brokerName, {
          group: snapshot(group),
          offlineAddr: broker.brokerAddr,
          haServerAddr: undefined,
        });
      }
    }
    for (const name of gone) this.#removeTopicsOf(name);
    for (const name of reduced) this.#wipeWithoutMaster(name);
    return [...changes.values()];
  }

  /** Adds queues of one topic; nothing happens when one of the brokers is unknown. Returns whether it was done. */
  registerTopic(topic: string, queues: readonly QueueData[]): boolean {
    if (queues.some((queue) => !this.#groups.has(queue.brokerName))) return false;
    for (const queue of queues) this.#setQueues(topic, queue);
    return true;
  }

  /** Forgets a topic, with a cluster only on its brokers. */
  deleteTopic(topic: string, cluster?: string): void {
    const names = cluster === undefined ? this.#topics.get(topic)?.keys() : this.#clusters.get(cluster);
    for (const name of names ?? []) this.#removeQueues(topic, name);
  }

  /** Returns how many topics it has touched. */
  wipeWritePerm(brokerName: string): number {
    return this.#mapPerm(brokerName, (perm) => perm & ~Perm.WRITE);
  }

  /** Makes every topic of the broker readable and writable, whatever it was (broker-semantics, section 13). */
  addWritePerm(brokerName: string): number {
    return this.#mapPerm(brokerName, () => Perm.READ | Perm.WRITE);
  }

  /** Undefined when no broker that has the topic is known. */
  route(topic: string): TopicRoute | undefined {
    const byBroker = this.#topics.get(topic);
    if (byBroker === undefined) return undefined;
    const groups: BrokerGroup[] = [];
    for (const brokerName of byBroker.keys()) {
      const group = this.#groups.get(brokerName);
      if (group !== undefined) groups.push(group);
    }
    if (groups.length === 0) return undefined;
    return { queues: [...byBroker.values()], groups, mappings: this.#mappings.get(topic) };
  }

  topicsOfCluster(cluster: string): string[] {
    const topics = new Set<string>();
    for (const name of this.#clusters.get(cluster) ?? []) {
      for (const topic of this.#topicsOfBroker.get(name) ?? []) topics.add(topic);
    }
    return [...topics];
  }

  // ---- registration

  #isOutdated(group: MutableGroup, broker: BrokerRegistration): boolean {
    const holder = group.addresses.get(broker.brokerId);
    if (holder === undefined || holder === broker.brokerAddr) return false;
    const entry = this.#entries.get(brokerKey(broker.clusterName, holder));
    return entry !== undefined && entry.dataVersion.stateVersion > broker.dataVersion.stateVersion;
  }

  #addGroup(broker: BrokerRegistration): MutableGroup {
    const group: MutableGroup = {
      cluster: broker.clusterName,
      brokerName: broker.brokerName,
      zoneName: broker.zoneName,
      enableActingMaster: broker.enableActingMaster === true,
      addresses: new Map(),
    };
    this.#groups.set(broker.brokerName, group);
    return group;
  }

  #addToCluster(cluster: string, brokerName: string): void {
    const names = this.#clusters.get(cluster);
    if (names) names.add(brokerName);
    else this.#clusters.set(cluster, new Set([brokerName]));
  }

  #setGroupTraits(group: MutableGroup, broker: BrokerRegistration): void {
    const enableActingMaster = broker.enableActingMaster === true;
    if (group.enableActingMaster === enableActingMaster && group.zoneName === broker.zoneName) return;
    group.enableActingMaster = enableActingMaster;
    group.zoneName = broker.zoneName;
    this.#version++;
  }

  /** An address has one id: a slave that became master loses its old one. Returns whether the id is new. */
  #setAddress(group: MutableGroup, broker: BrokerRegistration): boolean {
    for (const [id, address] of group.addresses) {
      if (address === broker.brokerAddr && id !== broker.brokerId) {
        group.addresses.delete(id);
        this.#version++;
      }
    }
    const former = group.addresses.get(broker.brokerId);
    if (former === broker.brokerAddr) return false;
    if (former !== undefined) this.#entries.delete(brokerKey(broker.clusterName, former));
    group.addresses.set(broker.brokerId, broker.brokerAddr);
    this.#version++;
    return former === undefined || former === '';
  }

  #takeTopics(group: MutableGroup, broker: BrokerRegistration, first: boolean): void {
    const { brokerName } = broker;
    const entry = this.entry(broker.clusterName, broker.brokerAddr);
    const changed = first || entry === undefined || !sameDataVersion(entry.dataVersion, broker.dataVersion);
    if (this.options.deleteTopicWithBrokerRegistration && broker.mappings.length === 0) {
      const named = new Set(broker.topics.map(({ topicName }) => topicName));
      for (const topic of this.#topicsOfBroker.get(brokerName) ?? []) {
        if (!named.has(topic)) this.#removeQueues(topic, brokerName);
      }
    }
    // The acting master serves what is there and takes nothing new.
    const lost = broker.brokerId !== MASTER_ID && group.enableActingMaster ? Perm.WRITE : 0;
    for (const { topicName, readQueueNums, writeQueueNums, perm, topicSysFlag } of broker.topics) {
      if (!changed && this.#topics.get(topicName)?.has(brokerName)) continue;
      this.#setQueues(topicName, { brokerName, readQueueNums, writeQueueNums, perm: perm & ~lost, topicSysFlag });
    }
    if (changed) this.#setMappings(broker.mappings);
  }

  #setMappings(mappings: readonly TopicQueueMappingInfo[]): void {
    for (const mapping of mappings) {
      const { topic, bname } = mapping;
      if (topic === undefined || bname === undefined) continue;
      const byBroker = this.#mappings.get(topic) ?? new Map<string, TopicQueueMappingInfo>();
      byBroker.set(bname, mapping);
      this.#mappings.set(topic, byBroker);
      this.#version++;
    }
  }

  #setEntry(broker: BrokerRegistration): void {
    const key = brokerKey(broker.clusterName, broker.brokerAddr);
    const former = this.#entries.get(key);
    const filterServers = broker.filterServers ?? former?.filterServers ?? [];
    if (filterServers.join() !== (former?.filterServers ?? []).join()) this.#version++;
    const { clusterName: cluster, brokerAddr: address, dataVersion, haServerAddr } = broker;
    this.#entries.set(key, { cluster, address, dataVersion, haServerAddr, filterServers });
  }

  #masterFor(group: MutableGroup, broker: BrokerRegistration): { address: string; haServerAddr: string } | undefined {
    if (broker.brokerId === MASTER_ID) return undefined;
    const address = group.addresses.get(MASTER_ID);
    const entry = address === undefined ? undefined : this.entry(broker.clusterName, address);
    return entry && { address: entry.address, haServerAddr: entry.haServerAddr };
  }

  // ---- removal

  #removeGroup(group: MutableGroup, cluster: string): void {
    this.#groups.delete(group.brokerName);
    // A broker may say another cluster than its group was made with.
    for (const name of new Set([cluster, group.cluster])) {
      const names = this.#clusters.get(name);
      names?.delete(group.brokerName);
      if (names?.size === 0) this.#clusters.delete(name);
    }
  }

  #removeTopicsOf(brokerName: string): void {
    for (const topic of this.#topicsOfBroker.get(brokerName) ?? []) this.#removeQueues(topic, brokerName);
  }

  #wipeWithoutMaster(brokerName: string): void {
    const group = this.#groups.get(brokerName);
    if (group?.enableActingMaster && minId(group) !== MASTER_ID) this.wipeWritePerm(brokerName);
  }

  // ---- queues

  #mapPerm(brokerName: string, change: (perm: number) => number): number {
    const topics = this.#topicsOfBroker.get(brokerName);
    for (const topic of topics ?? []) {
      const queue = this.#topics.get(topic)?.get(brokerName);
      if (queue) this.#setQueues(topic, { ...queue, perm: change(queue.perm) });
    }
    return topics?.size ?? 0;
  }

  #setQueues(topic: string, queue: QueueData): void {
    const { brokerName } = queue;
    const byBroker = this.#topics.get(topic) ?? new Map<string, QueueData>();
    const former = byBroker.get(brokerName);
    if (former !== undefined && sameQueues(former, queue)) return;
    byBroker.set(brokerName, queue);
    this.#topics.set(topic, byBroker);
    const topics = this.#topicsOfBroker.get(brokerName);
    if (topics) topics.add(topic);
    else this.#topicsOfBroker.set(brokerName, new Set([topic]));
    this.#version++;
  }

  #removeQueues(topic: string, brokerName: string): void {
    const byBroker = this.#topics.get(topic);
    if (!byBroker?.delete(brokerName)) return;
    this.#version++;
    if (byBroker.size === 0) {
      this.#topics.delete(topic);
      this.#mappings.delete(topic);
    }
    const topics = this.#topicsOfBroker.get(brokerName);
    topics?.delete(topic);
    if (topics?.size === 0) this.#topicsOfBroker.delete(brokerName);
  }
}

function minId(group: BrokerGroup): number {
  return Math.min(...group.addresses.keys());
}

function snapshot(group: BrokerGroup): BrokerGroup {
  return { ...group, addresses: new Map(group.addresses) };
}

function sameQueues(a: QueueData, b: QueueData): boolean {
  return (
    a.perm === b.perm &&
    a.readQueueNums === b.readQueueNums &&
    a.writeQueueNums === b.writeQueueNums &&
    a.topicSysFlag === b.topicSysFlag
  );
}
