import { dataVersion, type getBrokerConfig, ResponseCode, type updateBrokerConfig } from '@cometmq/protocol';
import type { IncomingRequest, Reply } from '@cometmq/remoting';
import { decodeUtf8, encodeUtf8, formatProperties, parseProperties } from '@cometmq/runtime';
import { SettingError } from '../../broker-configuration.js';
import type { BrokerParts } from '../broker-parts.js';

/** Keys that nobody may set from outside. */
const BLACK_LIST = ['brokerConfigPath', 'rocketmqHome', 'configBlackList'] as const;

/** UPDATE_BROKER_CONFIG 25: all of the settings or none, for good. */
export function updateBrokerConfigProcessor({
  configuration,
  logger,
}: BrokerParts): (request: IncomingRequest<typeof updateBrokerConfig>) => Promise<Reply<typeof updateBrokerConfig>> {
  return async ({ body, connection }) => {
    if (body.length === 0) return { code: ResponseCode.SUCCESS };
    const changes = parseProperties(decodeUtf8(body));
    if (BLACK_LIST.some((key) => changes.has(key)))
      return { code: ResponseCode.NO_PERMISSION, remark: 'Can not update config in black list.' };
    try {
      await configuration.update(changes);
    } catch (error) {
      if (error instanceof SettingError) return { code: ResponseCode.SYSTEM_ERROR, remark: error.message };
      throw error;
    }
    logger.info('settings were changed', { changes: Object.fromEntries(changes), by: connection.address });
    return { code: ResponseCode.SUCCESS };
  };
}

/** GET_BROKER_CONFIG 26: the settings of the broker and of its store, sorted. */
export function getBrokerConfigProcessor({
  configuration,
}: BrokerParts): (request: IncomingRequest<typeof getBrokerConfig>) => Reply<typeof getBrokerConfig> {
  return () => {
    const settings = [...configuration.texts()].toSorted(([a], [b]) => (a < b ? -1 : 1));
    return {
      code: ResponseCode.SUCCESS,
      header: { version: dataVersion.format(configuration.version, 'compact') },
      body: encodeUtf8(formatProperties(settings)),
    };
  };
}
