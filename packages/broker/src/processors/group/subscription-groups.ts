import {
  type deleteSubscriptiongroup,
  type getAllSubscriptiongroupConfig,
  type getSubscriptiongroupConfig,
  ResponseCode,
  type SubscriptionGroupConfig,
  subscriptionGroupConfig,
  subscriptionGroupList,
  subscriptionGroupWrapper,
  type updateAndCreateSubscriptiongroup,
  type updateAndCreateSubscriptiongroupList,
  validateGroup,
} from '@cometmq/protocol';
import type { IncomingRequest, Reply } from '@cometmq/remoting';
import type { BrokerParts } from '../broker-parts.js';

async function putGroups(
  parts: BrokerParts,
  configs: readonly SubscriptionGroupConfig[],
): Promise<{ code: number; remark?: string }> {
  for (const { groupName } of configs) {
    const problem = validateGroup(groupName);
    if (problem !== undefined) return { code: ResponseCode.INVALID_PARAMETER, remark: problem };
  }
  if (configs.length > 0) await parts.groups.put(...configs);
  return { code: ResponseCode.SUCCESS };
}

/** UPDATE_AND_CREATE_SUBSCRIPTIONGROUP 200: replaces the whole config. */
export function updateAndCreateSubscriptiongroupProcessor(
  parts: BrokerParts,
): (
  request: IncomingRequest<typeof updateAndCreateSubscriptiongroup>,
) => Promise<Reply<typeof updateAndCreateSubscriptiongroup>> {
  return ({ body }) => putGroups(parts, [subscriptionGroupConfig.decode(body)]);
}

/** UPDATE_AND_CREATE_SUBSCRIPTIONGROUP_LIST 225: all or none. */
export function updateAndCreateSubscriptiongroupListProcessor(
  parts: BrokerParts,
): (
  request: IncomingRequest<typeof updateAndCreateSubscriptiongroupList>,
) => Promise<Reply<typeof updateAndCreateSubscriptiongroupList>> {
  return ({ body }) => putGroups(parts, subscriptionGroupList.decode(body).groupConfigList);
}

/** GET_ALL_SUBSCRIPTIONGROUP_CONFIG 201: the whole table. */
export function getAllSubscriptiongroupConfigProcessor({
  groups,
}: BrokerParts): (
  request: IncomingRequest<typeof getAllSubscriptiongroupConfig>,
) => Reply<typeof getAllSubscriptiongroupConfig> {
  return () => ({
    code: ResponseCode.SUCCESS,
    header: { totalGroupNum: groups.size },
    body: subscriptionGroupWrapper.encode(groups.snapshot()),
  });
}

/** GET_SUBSCRIPTIONGROUP_CONFIG 352: an unknown group is made where that is allowed, as 5.3.3 does. */
export function getSubscriptiongroupConfigProcessor({
  groups,
}: BrokerParts): (
  request: IncomingRequest<typeof getSubscriptiongroupConfig>,
) => Reply<typeof getSubscriptiongroupConfig> {
  return ({ header: { group } }) => {
    const config = groups.find(group);
    if (config === undefined)
      return { code: ResponseCode.SUBSCRIPTION_GROUP_NOT_EXIST, remark: `No group in this broker. group: ${group}` };
    return { code: ResponseCode.SUCCESS, body: subscriptionGroupConfig.encode(config) };
  };
}

/** DELETE_SUBSCRIPTIONGROUP 207: an unknown group is no error. */
export function deleteSubscriptiongroupProcessor({
  groups,
  offsets,
}: BrokerParts): (
  request: IncomingRequest<typeof deleteSubscriptiongroup>,
) => Promise<Reply<typeof deleteSubscriptiongroup>> {
  return async ({ header, command }) => {
    await groups.remove(header.groupName);
    // 4.9 clients call it removeOffset.
    if (header.cleanOffset || command.fields?.['removeOffset'] === 'true') {
      offsets.removeGroup(header.groupName);
      await offsets.flush();
    }
    return { code: ResponseCode.SUCCESS };
  };
}
