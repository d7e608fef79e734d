import { getConsumerListByGroup, getConsumerListByGroupResponseBody, ResponseCode } from '@cometmq/protocol';
import { randomInt } from '@cometmq/runtime';
import type { ClientInstance } from '../../client/client-instance.js';
import type { TopicRoute } from '../../routing/topic-routes.js';

/**
 * The client ids of a group, sorted as every member sorts them; undefined when no broker of the topic can tell now, and the
 * assignment has to stay as it is (client-behaviour 6).
 */
export async function groupMembers(client: ClientInstance, route: TopicRoute, group: string): Promise<string[] | undefined> {
  const { brokers } = route;
  if (brokers.length === 0) return undefined;
  const first = randomInt(client.random, brokers.length);
  for (let i = 0; i < brokers.length; i += 1) {
    const { name } = brokers[(first + i) % brokers.length]!;
    try {
      const answer = await client.invokeBroker(name, getConsumerListByGroup, { consumerGroup: group }, { only: false });
      if (answer.code !== ResponseCode.SUCCESS) continue;
      const { consumerIdList } = getConsumerListByGroupResponseBody.decode(answer.body);
      if (consumerIdList.length > 0) return [...consumerIdList].sort();
    } catch (error) {
      client.logger.debug('a broker did not tell the members of a group', { broker: name, group, error });
    }
  }
  return undefined;
}
