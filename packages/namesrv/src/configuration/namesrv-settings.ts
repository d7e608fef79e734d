// Written from namesrv-options.ts by `npm run docs`: change that.

/** Settings of a name server, complete. Keys and defaults are those of Apache's NamesrvConfig where it has one. */
export interface NamesrvSettings {
  /** Directory that the two paths below start from when they are empty. Default: .. */
  readonly rocketmqHome: string;
  /** The key-value store; empty: namesrv/kvConfig.json in rocketmqHome. Default: empty. */
  readonly kvConfigPath: string;
  /**
   * Keeps settings that requests have changed, they win at the next start; empty: namesrv/namesrv.properties in
   * rocketmqHome. Default: empty.
   */
  readonly configStorePath: string;
  /**
   * Settings that requests cannot change. Default: configBlackList;configStorePath;kvConfigPath; texts separated by
   * ";".
   */
  readonly configBlackList: readonly string[];
  /** Routes carry the queues of orderly topics from the key-value store. Default: false. */
  readonly orderMessageEnable: boolean;
  /** A registration is answered with the orderly topics. Default: true. */
  readonly returnOrderTopicConfigToBroker: boolean;
  /** Time between looks for brokers that have gone silent. Default: 5000 ms; from 100. */
  readonly scanNotActiveBrokerInterval: number;
  /** A slave may be shown as master of a group that has lost its own. Default: false. */
  readonly supportActingMaster: boolean;
  /** Members of a group are told when its smallest broker id changes. Default: false. */
  readonly notifyMinBrokerIdChanged: boolean;
  /** The list of all topics is given out. Default: true. */
  readonly enableAllTopicList: boolean;
  /** The other lists of topics are given out. Default: true. */
  readonly enableTopicList: boolean;
  /** Routes are refused for waitSecondsForService after a start, until brokers are back. Default: false. */
  readonly needWaitForService: boolean;
  /** See needWaitForService. Default: 45 s; from 0. */
  readonly waitSecondsForService: number;
  /**
   * Topics that a broker does not register any more are taken out. Brokers that register topics one by one must not
   * meet it. Default: false.
   */
  readonly deleteTopicWithBrokerRegistration: boolean;
}
