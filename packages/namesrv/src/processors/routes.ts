import {
  clusterInfo,
  getBrokerClusterInfo,
  getBrokerMemberGroup,
  getBrokerMemberGroupResponseBody,
  getRouteinfoByTopic,
  ORDER_TOPIC_CONFIG,
  ResponseCode,
  Version,
} from '@cometmq/protocol';
import { type IncomingRequest, type Processor, processor, type Reply } from '@cometmq/remoting';
import type { NamesrvContext } from './context.js';

/** extFields of clients that want brokers near them. */
const ZONE_MODE_FIELD = '__ZONE_MODE';
const ZONE_NAME_FIELD = '__ZONE_NAME';

/** Where topics and brokers are. */
export function routeProcessors(context: NamesrvContext): Processor[] {
  const { book } = context;
  return [
    processor(getRouteinfoByTopic, (request) => route(context, request)),
    processor(getBrokerClusterInfo, ({ connection }) => ({
      code: ResponseCode.SUCCESS,
      // Always in the form with bare numeric keys, as Apache's name server has it.
      body: clusterInfo.encode(book.clusterInfo(connection), 'fastjson'),
    })),
    processor(getBrokerMemberGroup, ({ header, connection }) => {
      const { clusterName: cluster, brokerName } = header;
      const group = book.table.groups.get(brokerName);
      const addresses = [...(group?.addresses ?? [])].map(
        ([id, address]) => [id, book.addressFor(group?.cluster ?? cluster, address, connection)] as const,
      );
      const body = { brokerMemberGroup: { cluster, brokerName, brokerAddrs: new Map(addresses) } };
      return { code: ResponseCode.SUCCESS, body: getBrokerMemberGroupResponseBody.encode(body, 'fastjson') };
    }),
  ];
}

function route(
  { book, kv, configuration, clock, readyAt }: NamesrvContext,
  { header, command, connection }: IncomingRequest<typeof getRouteinfoByTopic>,
): Reply<typeof getRouteinfoByTopic> {
  const { settings } = configuration;
  if (settings.needWaitForService && clock.monotonic() < readyAt()) {
    return { code: ResponseCode.SYSTEM_ERROR, remark: 'name server not ready' };
  }
  const { topic } = header;
  const standard = command.version >= Version.V4_9_4 || header.acceptStandardJsonOnly === true;
  const body = book.routeBody({
    topic,
    client: connection,
    form: standard ? 'standard' : 'fastjson',
    orderTopicConf: settings.orderMessageEnable ? kv.get(ORDER_TOPIC_CONFIG, topic) : undefined,
    supportActingMaster: settings.supportActingMaster,
    zoneName: wantedZone(command.fields),
  });
  if (body !== undefined) return { code: ResponseCode.SUCCESS, body };
  return { code: ResponseCode.TOPIC_NOT_EXIST, remark: `No topic route info in name server for the topic: ${topic}` };
}

function wantedZone(fields: Readonly<Record<string, string>> | undefined): string | undefined {
  if (fields?.[ZONE_MODE_FIELD]?.toLowerCase() !== 'true') return undefined;
  const zone = fields[ZONE_NAME_FIELD];
  return zone === undefined || zone.trim() === '' ? undefined : zone;
}
