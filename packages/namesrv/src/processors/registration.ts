import {
  brokerHeartbeat,
  dataVersion,
  decodeRegisterBrokerBody,
  kvTable,
  ORDER_TOPIC_CONFIG,
  queryDataVersion,
  registerBroker,
  type RegisterBrokerBody,
  registerTopicInNamesrv,
  ResponseCode,
  sameDataVersion,
  topicRouteData,
  unregisterBroker,
} from '@cometmq/protocol';
import { type Connection, type IncomingRequest, type Processor, processor, type Reply } from '@cometmq/remoting';
import { ADDRESS_MODE_CONNECTION, ADDRESS_MODE_FIELD, seeBroker, seenAddress } from '../routes/advertised-address.js';
import { DEFAULT_HEARTBEAT_TIMEOUT_MS, type LiveBroker } from '../routes/broker-liveness.js';
import type { BrokerIdentity, BrokerRegistration } from '../routes/broker-registration.js';
import type { NamesrvContext } from './context.js';

/** extField with the zone of a broker. */
const ZONE_NAME_FIELD = '__ZONE_NAME';

const EMPTY_VERSION = { counter: 0, stateVersion: 0, timestamp: 0 };
const EMPTY_BODY: RegisterBrokerBody = {
  topicConfigSerializeWrapper: {
    dataVersion: EMPTY_VERSION,
    topicConfigTable: new Map(),
    mappingDataVersion: EMPTY_VERSION,
    topicQueueMappingInfoMap: new Map(),
    topicQueueMappingDetailMap: new Map(),
  },
  filterServerList: [],
};

type Registering = IncomingRequest<typeof registerBroker>;

/** Brokers come, give signs of life, and go. */
export function registrationProcessors(context: NamesrvContext): Processor[] {
  const { book } = context;
  return [
    processor(registerBroker, (request) => register(context, request)),
    processor(unregisterBroker, ({ header, connection }) => {
      const { clusterName, brokerName, brokerId } = header;
      const brokerAddr = book.keptAddress(clusterName, header.brokerAddr, connection);
      remove(context, [{ clusterName, brokerName, brokerAddr, brokerId }]);
      return { code: ResponseCode.SUCCESS };
    }),
    processor(brokerHeartbeat, ({ header, connection }) => {
      heard(context, header.clusterName, header.brokerAddr, connection);
      return { code: ResponseCode.SUCCESS };
    }),
    processor(queryDataVersion, ({ header, body, connection }) => {
      const kept = heard(context, header.clusterName, header.brokerAddr, connection);
      const known = book.table.entry(header.clusterName, kept)?.dataVersion;
      const changed = known === undefined || !sameDataVersion(known, dataVersion.decode(body));
      return { code: ResponseCode.SUCCESS, header: { changed }, body: known && dataVersion.encode(known) };
    }),
    processor(registerTopicInNamesrv, ({ header, body }) => {
      const { queueDatas } = topicRouteData.decode(body);
      const done = book.table.registerTopic(header.topic, queueDatas);
      if (!done)
        context.logger.warn('a topic was reported for a broker that is not registered', { topic: header.topic });
      return { code: ResponseCode.SUCCESS };
    }),
  ];
}

/** Takes brokers out of the routes and tells those of their groups that stay. */
export function remove(context: NamesrvContext, brokers: readonly BrokerIdentity[]): void {
  const { book, logger } = context;
  for (const { clusterName, brokerAddr, brokerName, brokerId } of brokers) {
    book.liveness.remove(clusterName, brokerAddr);
    logger.info('a broker is out of the routes', { clusterName, brokerName, brokerId, brokerAddr });
  }
  for (const change of book.table.unregister(brokers)) context.announce(change);
}

/** As `remove`, for brokers of which only the address is known. */
export function removeLive(context: NamesrvContext, brokers: readonly LiveBroker[]): void {
  const { table, liveness } = context.book;
  const identities: BrokerIdentity[] = [];
  for (const { cluster, address } of brokers) {
    const identity = table.identify(cluster, address);
    if (identity === undefined) liveness.remove(cluster, address);
    else identities.push(identity);
  }
  remove(context, identities);
}

function heard({ book }: NamesrvContext, cluster: string, registered: string, connection: Connection): string {
  const kept = book.keptAddress(cluster, registered, connection);
  book.liveness.heard(cluster, kept);
  return kept;
}

function register(context: NamesrvContext, request: Registering): Reply<typeof registerBroker> {
  const { header, body, connection } = request;
  // Apache keeps 31 bits of the sum (remoting-protocol, 8.3).
  if (header.bodyCrc32 !== 0 && (context.codecs.crc32(body) & 0x7fff_ffff) !== header.bodyCrc32) {
    context.logger.warn('a registration came damaged', { peer: connection.address, brokerName: header.brokerName });
    return { code: ResponseCode.SYSTEM_ERROR, remark: 'crc32 not match' };
  }
  const broker = readRegistration(context, request);
  const known = context.book.liveness.get(broker.clusterName, broker.brokerAddr) !== undefined;
  const outcome = context.book.table.register(broker);
  switch (outcome.kind) {
    case 'refused':
      return { code: ResponseCode.SYSTEM_ERROR, remark: outcome.remark };
    case 'outdated':
      // Not an error: the broker will hear from its controller or operator (broker-semantics, 13.1).
      context.book.liveness.remove(broker.clusterName, broker.brokerAddr);
      context.logger.warn('a broker with a newer state holds this id', {
        brokerName: broker.brokerName,
        brokerId: broker.brokerId,
      });
      return { code: ResponseCode.SUCCESS, header: {} };
    case 'registered': {
      keepAlive(context, request, broker);
      if (!known) {
        const { clusterName, brokerName, brokerId, brokerAddr } = broker;
        context.logger.info('a broker is in the routes', { clusterName, brokerName, brokerId, brokerAddr });
      }
      if (outcome.change && context.configuration.settings.notifyMinBrokerIdChanged) context.announce(outcome.change);
      return {
        code: ResponseCode.SUCCESS,
        header: masterFor(context, request, outcome.master),
        body: orderTopics(context),
      };
    }
  }
}

function readRegistration(
  { codecs }: NamesrvContext,
  { header, body, command, connection }: Registering,
): BrokerRegistration {
  const { compressed } = header;
  const read =
    body.length === 0 ? EMPTY_BODY : decodeRegisterBrokerBody(body, { compressed, version: command.version, codecs });
  const { dataVersion: version, topicConfigTable, topicQueueMappingInfoMap } = read.topicConfigSerializeWrapper;
  const byConnection = isByConnection(command.fields);
  return {
    clusterName: header.clusterName,
    brokerName: header.brokerName,
    brokerAddr: byConnection ? seenAddress(header.brokerAddr, connection) : header.brokerAddr,
    brokerId: header.brokerId,
    haServerAddr: header.haServerAddr,
    zoneName: command.fields?.[ZONE_NAME_FIELD],
    enableActingMaster: header.enableActingMaster,
    dataVersion: version,
    topics: [...topicConfigTable.values()],
    mappings: [...topicQueueMappingInfoMap.values()],
    filterServers: read.filterServerList,
  };
}

function isByConnection(fields: Registering['command']['fields']): boolean {
  return fields?.[ADDRESS_MODE_FIELD] === ADDRESS_MODE_CONNECTION;
}

function keepAlive(
  context: NamesrvContext,
  { header, command, connection }: Registering,
  broker: BrokerRegistration,
): void {
  const { liveness } = context.book;
  const promised = header.heartbeatTimeoutMillis ?? 0;
  const first = liveness.registered({
    cluster: broker.clusterName,
    address: broker.brokerAddr,
    timeoutMs: promised > 0 ? promised : DEFAULT_HEARTBEAT_TIMEOUT_MS,
    connection,
    seen: isByConnection(command.fields) ? seeBroker(connection) : undefined,
  });
  if (first) connection.onClose(() => removeLive(context, liveness.connectionClosed(connection)));
}

/** Where a slave finds its master. */
function masterFor(
  { book }: NamesrvContext,
  { header, connection }: Registering,
  master: { readonly address: string; readonly haServerAddr: string } | undefined,
): { masterAddr?: string; haServerAddr?: string } {
  if (master === undefined) return {};
  const { clusterName } = header;
  return {
    masterAddr: book.addressFor(clusterName, master.address, connection),
    haServerAddr: book.haAddressFor(clusterName, master.address, master.haServerAddr, connection),
  };
}

function orderTopics({ kv, configuration }: NamesrvContext): Uint8Array | undefined {
  const table = configuration.settings.returnOrderTopicConfigToBroker ? kv.list(ORDER_TOPIC_CONFIG) : undefined;
  return table && kvTable.encode({ table });
}
