import {
  addWritePermOfBroker,
  deleteTopicInNamesrv,
  getAllTopicListFromNameserver,
  getHasUnitSubTopicList,
  getHasUnitSubUnunitTopicList,
  getSystemTopicListFromNs,
  getTopicsByCluster,
  getUnitTopicList,
  type RequestDefinition,
  ResponseCode,
  type TopicList,
  topicList,
  wipeWritePermOfBroker,
} from '@cometmq/protocol';
import { type Connection, type Processor, processor } from '@cometmq/remoting';
import type { NamesrvContext } from './context.js';

/** Bits of topicSysFlag (remoting-protocol, 7.5). */
const UNIT = 1;
const UNIT_SUB = 2;

const DISABLED = { code: ResponseCode.SYSTEM_ERROR, remark: 'disable' } as const;

/** Lists of topics, and what operators do to topics and brokers here. */
export function topicProcessors(context: NamesrvContext): Processor[] {
  const { book, configuration, logger } = context;
  const { table } = book;
  const listed = (topics: Iterable<string>, brokerAddr?: string) => ({
    code: ResponseCode.SUCCESS,
    body: topicList.encode({ topicList: [...topics], brokerAddr } satisfies TopicList),
  });
  const enabled = () => configuration.settings.enableTopicList;
  const byFlag = (definition: RequestDefinition, wanted: (sysFlag: number) => boolean) =>
    processor(definition, () => (enabled() ? listed(topicsWith(context, wanted)) : DISABLED));
  return [
    processor(getAllTopicListFromNameserver, () =>
      configuration.settings.enableAllTopicList ? listed(table.topics.keys()) : DISABLED,
    ),
    processor(getTopicsByCluster, ({ header }) =>
      enabled() ? listed(table.topicsOfCluster(header.cluster)) : DISABLED,
    ),
    processor(getSystemTopicListFromNs, ({ connection }) => {
      const names = [...table.clusters].flatMap(([cluster, brokers]) => [cluster, ...brokers]);
      return listed(new Set(names), anyBroker(context, connection));
    }),
    byFlag(getUnitTopicList, (flag) => (flag & UNIT) !== 0),
    byFlag(getHasUnitSubTopicList, (flag) => (flag & UNIT_SUB) !== 0),
    byFlag(getHasUnitSubUnunitTopicList, (flag) => (flag & (UNIT | UNIT_SUB)) === UNIT_SUB),
    processor(deleteTopicInNamesrv, ({ header }) => {
      table.deleteTopic(header.topic, header.clusterName === '' ? undefined : header.clusterName);
      return { code: ResponseCode.SUCCESS };
    }),
    processor(wipeWritePermOfBroker, ({ header: { brokerName }, connection }) => {
      const wipeTopicCount = table.wipeWritePerm(brokerName);
      logger.info('write permission wiped', { brokerName, topics: wipeTopicCount, peer: connection.address });
      return { code: ResponseCode.SUCCESS, header: { wipeTopicCount } };
    }),
    processor(addWritePermOfBroker, ({ header: { brokerName }, connection }) => {
      const addTopicCount = table.addWritePerm(brokerName);
      logger.info('write permission added', { brokerName, topics: addTopicCount, peer: connection.address });
      return { code: ResponseCode.SUCCESS, header: { addTopicCount } };
    }),
  ];
}

/** A topic counts by the flag of its first broker, as in Apache's. */
function topicsWith({ book }: NamesrvContext, wanted: (sysFlag: number) => boolean): string[] {
  const topics: string[] = [];
  for (const [topic, byBroker] of book.table.topics) {
    const [first] = byBroker.values();
    if (first !== undefined && wanted(first.topicSysFlag)) topics.push(topic);
  }
  return topics;
}

/** Tools ask one broker, any of them, for its system topics. */
function anyBroker({ book }: NamesrvContext, connection: Connection): string | undefined {
  for (const group of book.table.groups.values()) {
    const [address] = group.addresses.values();
    if (address !== undefined) return book.addressFor(group.cluster, address, connection);
  }
  return undefined;
}
