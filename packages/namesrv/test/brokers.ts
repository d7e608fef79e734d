import {
  encodeCompressedRegisterBrokerBody,
  getRouteinfoByTopic,
  registerBroker,
  registerBrokerBody,
  type TopicConfig,
  topicRouteData,
} from '@cometmq/protocol';
import { Connection } from '@cometmq/remoting';
import { nodeCodecs } from '@cometmq/runtime/node';
import { ADDRESS_MODE_CONNECTION, ADDRESS_MODE_FIELD } from '../src/routes/advertised-address.js';
import { type Endpoint, TestNameServer } from './harness.js';

export interface Registration {
  readonly brokerName?: string;
  readonly brokerAddr?: string;
  readonly brokerId?: number;
  readonly clusterName?: string;
  readonly haServerAddr?: string;
  readonly heartbeatTimeoutMillis?: number;
  readonly enableActingMaster?: boolean;
  readonly topics?: readonly string[];
  readonly counter?: number;
  readonly compressed?: boolean;
  readonly bodyCrc32?: number;
  readonly extFields?: Readonly<Record<string, string>>;
}

/** How the broker of `registerOver` names itself elsewhere. */
export const BROKER_A = { clusterName: 'C', brokerAddr: '10.0.0.2:10911', brokerName: 'broker-a', brokerId: 0 };

export const codecs = nodeCodecs();

export function bodyOf({ topics = ['T1', 'T2'], counter = 1, compressed = false }: Registration): Uint8Array {
  const config = (topicName: string): TopicConfig => ({
    topicName,
    readQueueNums: 4,
    writeQueueNums: 4,
    perm: 6,
    topicFilterType: 'SINGLE_TAG',
    topicSysFlag: 0,
    order: false,
    attributes: new Map(),
  });
  const version = { counter, stateVersion: 0, timestamp: 1 };
  const body = {
    topicConfigSerializeWrapper: {
      dataVersion: version,
      topicConfigTable: new Map(topics.map((name) => [name, config(name)])),
      mappingDataVersion: version,
      topicQueueMappingInfoMap: new Map(),
      topicQueueMappingDetailMap: new Map(),
    },
    filterServerList: [],
  };
  return compressed ? encodeCompressedRegisterBrokerBody(body, codecs) : registerBrokerBody.encode(body);
}

export function registerOver(server: TestNameServer, connection: Connection, of: Registration = {}) {
  const header = {
    brokerName: of.brokerName ?? 'broker-a',
    brokerAddr: of.brokerAddr ?? '10.0.0.2:10911',
    brokerId: of.brokerId ?? 0,
    clusterName: of.clusterName ?? 'C',
    haServerAddr: of.haServerAddr ?? '10.0.0.2:10912',
    heartbeatTimeoutMillis: of.heartbeatTimeoutMillis,
    enableActingMaster: of.enableActingMaster,
    compressed: of.compressed ?? false,
    bodyCrc32: of.bodyCrc32 ?? 0,
  };
  return server.askOver(connection, registerBroker, header, { body: bodyOf(of), extFields: of.extFields });
}

export async function route(
  server: TestNameServer,
  topic = 'T1',
  endpoint: Endpoint & { extFields?: Record<string, string> } = {},
) {
  const answer = await server.ask(getRouteinfoByTopic, { topic }, endpoint);
  return answer.code === 0 ? topicRouteData.decode(answer.body) : answer;
}

/** Addresses of all brokers of a topic, or the code of the refusal. */
export async function addresses(
  server: TestNameServer,
  topic = 'T1',
  endpoint: Endpoint = {},
): Promise<string[] | number> {
  const answer = await route(server, topic, endpoint);
  return 'code' in answer ? answer.code : answer.brokerDatas.flatMap(({ brokerAddrs }) => [...brokerAddrs.values()]);
}

/** extFields of a broker that does not know its address. */
export const BY_CONNECTION = { [ADDRESS_MODE_FIELD]: ADDRESS_MODE_CONNECTION };
