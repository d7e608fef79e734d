import type { DataVersion, QueueData, TopicConfig, TopicQueueMappingInfo } from '@cometmq/protocol';

/** The brokers of one name: a master (id 0) and its slaves. */
export interface BrokerGroup {
  readonly cluster: string;
  readonly brokerName: string;
  /** Where the group stands, for clients that ask for brokers near them. */
  readonly zoneName: string | undefined;
  readonly enableActingMaster: boolean;
  /** Addresses by broker id. */
  readonly addresses: ReadonlyMap<number, string>;
}

/** What one broker process last told about itself. */
export interface BrokerEntry {
  readonly cluster: string;
  readonly address: string;
  readonly dataVersion: DataVersion;
  readonly haServerAddr: string;
  readonly filterServers: readonly string[];
}

/** One REGISTER_BROKER. */
export interface BrokerRegistration {
  readonly clusterName: string;
  readonly brokerName: string;
  readonly brokerAddr: string;
  readonly brokerId: number;
  readonly haServerAddr: string;
  readonly zoneName: string | undefined;
  /** Undefined: a broker older than 5.0, which never takes a master's place. */
  readonly enableActingMaster: boolean | undefined;
  readonly dataVersion: DataVersion;
  readonly topics: readonly TopicConfig[];
  readonly mappings: readonly TopicQueueMappingInfo[];
  /** Undefined: unchanged. */
  readonly filterServers: readonly string[] | undefined;
}

/** A group has another smallest id: its members want to know who leads. */
export interface MinBrokerIdChange {
  readonly group: BrokerGroup;
  readonly offlineAddr: string | undefined;
  readonly haServerAddr: string | undefined;
}

export type RegisterOutcome =
  | {
      readonly kind: 'registered';
      /** For slaves, when their master is known. */
      readonly master: { readonly address: string; readonly haServerAddr: string } | undefined;
      readonly change: MinBrokerIdChange | undefined;
    }
  /** Somebody with a newer state holds this broker id. */
  | { readonly kind: 'outdated' }
  /** A table of one topic from a broker that is not known yet (remoting-protocol, section 14), or one broker too many. */
  | { readonly kind: 'refused'; readonly remark: string };

/** Names one broker process. */
export interface BrokerIdentity {
  readonly clusterName: string;
  readonly brokerName: string;
  readonly brokerAddr: string;
  readonly brokerId: number;
}

/** What is known of a topic. */
export interface TopicRoute {
  readonly queues: readonly QueueData[];
  readonly groups: readonly BrokerGroup[];
  /** By broker name; undefined when the topic is not a static one. */
  readonly mappings: ReadonlyMap<string, TopicQueueMappingInfo> | undefined;
}
