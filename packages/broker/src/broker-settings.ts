// Written from broker-options.ts by `npm run docs`: change that.

/** Settings of a broker, complete. Keys and defaults are those of Apache's BrokerConfig where it has one. */
export interface BrokerSettings {
  /** Name of the cluster. Default: DefaultCluster. */
  readonly brokerClusterName: string;
  /** One name for a master and its replicas. (Apache's default: the host's name.) Default: broker-a. */
  readonly brokerName: string;
  /** 0 is the master. Default: 0; from 0. */
  readonly brokerId: number;
  /**
   * The address clients are told, without port. Empty: the name server tells each client the one under which it reaches
   * the broker, as far as it knows; 127.0.0.1 stands in message ids. Default: empty.
   */
  readonly brokerIP1: string;
  /**
   * The port clients are told; whoever puts the broker behind a listener sees to it that they agree. Default: 10 911;
   * from 0 to 65 535.
   */
  readonly listenPort: number;
  /** Name servers, separated by ";". Empty: none. Default: empty. */
  readonly namesrvAddr: string;
  /** A send makes its topic. Every misspelt topic stays. Default: true. */
  readonly autoCreateTopicEnable: boolean;
  /** Groups come into being when they are first used. Default: true. */
  readonly autoCreateSubscriptionGroup: boolean;
  /** Most queues of a topic made by a send. Default: 8 queues; from 1 to 65 536. */
  readonly defaultTopicQueueNums: number;
  /** What clients may do: 4 read + 2 write. Default: 6; from 0 to 7. */
  readonly brokerPermission: number;
  /** The topic of the cluster's name can be used. Default: true. */
  readonly clusterTopicEnable: boolean;
  /** The topic of the broker's name can be used. Default: true. */
  readonly brokerTopicEnable: boolean;
  /** The broker has a topic for message traces. Default: false. */
  readonly traceTopicEnable: boolean;
  /** Name of the topic for message traces. Default: RMQ_SYS_TRACE_TOPIC. */
  readonly msgTraceTopicName: string;
  /** Size of the topic of POP acknowledgements. Default: 8 queues; from 1 to 1024. */
  readonly reviveQueueNum: number;
  /** Pulls that find nothing are held as long as the client wants; otherwise shortPollingTimeMills. Default: true. */
  readonly longPollingEnable: boolean;
  /** See longPollingEnable. Default: 1000 ms; from 1 to 300 000. */
  readonly shortPollingTimeMills: number;
  /**
   * Pulls held at a time; more are answered SYSTEM_BUSY and come again after a second. Default: 100 000 pulls; from 1
   * to 10 000 000.
   */
  readonly maxHeldPulls: number;
  /**
   * Offsets of a queue whose lock another member of the group holds are not taken: they would take its progress back.
   * Apache's brokers take them. Default: true.
   */
  readonly refuseLateOffsets: boolean;
  /** Lite pull consumers are served. Default: true. */
  readonly litePullMessageEnable: boolean;
  /**
   * Largest body of a message; of a batch, of all bodies together. Frames have 16 MiB at most, and every message is in
   * memory as a whole. Default: 4 MiB; from 10 to 1 GiB.
   */
  readonly maxMessageSize: number;
  /**
   * Delays of levels 1, 2, … Messages that wait when it is changed are delivered by the new table. Default: 1s 5s 10s
   * 30s 1m 2m 3m 4m 5m 6m 7m 8m 9m 10m 20m 30m 1h 2h; numbers with s, m, h or d, separated by blanks.
   */
  readonly messageDelayLevel: string;
  /**
   * Time between writes of consumer offsets, when there are new ones. A crash loses what is newer: messages are
   * delivered again. Default: 5000 ms; from 1 to 3 600 000.
   */
  readonly flushConsumerOffsetInterval: number;
  /** Changed consumer offsets after which they are written ahead of the interval. Default: 100 000 offsets; from 1. */
  readonly flushConsumerOffsetDirtyCount: number;
  /** After so many the version of the consumer offsets goes on. Default: 500 changes; from 1. */
  readonly consumerOffsetUpdateVersionStep: number;
  /**
   * Time between writes of delay offsets. A crash loses what is newer: delayed messages are delivered again. Default:
   * 10 000 ms; from 1 to 3 600 000.
   */
  readonly flushDelayOffsetInterval: number;
  /** After so many the version of the delay offsets goes on. Default: 200 changes; from 1. */
  readonly delayOffsetUpdateVersionStep: number;
  /** Time between registrations with the name servers. Default: 30 000 ms; from 10 000 to 60 000. */
  readonly registerNameServerPeriod: number;
  /** Time one registration may take. Default: 24 000 ms; from 1 to 3 600 000. */
  readonly registerBrokerTimeoutMills: number;
  /** Property MSG_REGION of every message. Default: DefaultRegion. */
  readonly regionId: string;
  /** Property TRACE_ON of every message. Default: true. */
  readonly traceOn: boolean;
  /** Members of consumer groups are told of changes. Default: true. */
  readonly notifyConsumerIdsChangedEnable: boolean;
  /** Time without a heartbeat after which a client is dropped. Default: 120 000 ms; from 1 to 86 400 000. */
  readonly channelExpiredTimeout: number;
  /** No message is taken before. Default: 0 ms of the wall clock; from 0. */
  readonly startAcceptSendRequestTimeStamp: number;
  /** Admin requests may not touch system topics. Default: true. */
  readonly validateSystemTopicWhenUpdateTopic: boolean;
  /** Topics may have message.type MIXED. Default: false. */
  readonly enableMixedMessageType: boolean;
}
