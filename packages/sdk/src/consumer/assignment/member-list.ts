import { getConsumerListByGroup, getConsumerListByGroupResponseBody, ResponseCode } from '@cometmq/protocol';
import { randomInt } from '@cometmq/runtime';
import type { ClientInstance } from '../../client/client-instance.js';
import type { TopicRoute } from '../../routing/topic-routes.js';

type Ids = readonly string[] | undefined;

/**
 * The members of a group as one round sees them: each broker is asked once, however many topics it has. Every member must
 * see the same list in the same order (client-behaviour 6).
 */
export class MemberLists {
  readonly #asked = new Map<string, Promise<Ids>>();

  constructor(
    private readonly client: ClientInstance,
    private readonly group: string,
  ) {}

  /** Sorted as every member sorts them; undefined when no broker of the topic can tell now. */
  async of(route: TopicRoute): Promise<Ids> {
    const { brokers } = route;
    const first = brokers.length === 0 ? 0 : randomInt(this.client.random, brokers.length);
    for (let i = 0; i < brokers.length; i += 1) {
      const { name } = brokers[(first + i) % brokers.length]!;
      let asked = this.#asked.get(name);
      if (asked === undefined) this.#asked.set(name, (asked = this.#ask(name)));
      const ids = await asked;
      if (ids !== undefined) return ids;
    }
    return undefined;
  }

  async #ask(broker: string): Promise<Ids> {
    try {
      const header = { consumerGroup: this.group };
      const options = { only: false };
      const answer = await this.client.invokeBroker(broker, getConsumerListByGroup, header, options);
      if (answer.code !== ResponseCode.SUCCESS) return undefined;
      const { consumerIdList } = getConsumerListByGroupResponseBody.decode(answer.body);
      return consumerIdList.length === 0 ? undefined : [...consumerIdList].sort();
    } catch (error) {
      this.client.logger.debug('a broker did not tell the members of a group', { broker, group: this.group, error });
      return undefined;
    }
  }
}
