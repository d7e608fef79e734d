import type { MessageQueue } from '../message/message-queue.js';
import type { RouteBroker, RouteQueues } from './route.js';

/** Where messages of a topic can be sent. Queue `i` is reached at `addresses[i]`. */
export interface PublishInfo {
  readonly topic: string;
  /** In Apache's order: broker name, queue id. */
  readonly queues: readonly MessageQueue[];
  /** The master of each queue. */
  readonly addresses: readonly string[];
  /** Round robin stands here; shared by all producers of a client. */
  cursor: number;
}

/** `broker-a:4;broker-b:4`: the queues of an order topic, fixed by the administrator (Java TopicRouteData.orderTopicConf). */
function orderedQueues(topic: string, config: string): MessageQueue[] {
  return config
    .split(';')
    .map((part) => part.split(':'))
    .flatMap(([brokerName = '', count = '0']) =>
      Array.from({ length: Math.min(Math.max(0, Number.parseInt(count, 10) || 0), 65_536) }, (_, queueId) => ({
        topic,
        brokerName,
        queueId,
      })),
    );
}

/**
 * Queues that can be written: the permission has W and the broker has a master. From the route of the default topic
 * (`maxQueues`) at most that many per broker: what the broker will create (client-behaviour 2.2).
 */
export function publishInfo(
  topic: string,
  route: {
    readonly brokers: readonly RouteBroker[];
    readonly queues: readonly RouteQueues[];
    readonly orderTopicConf: string | undefined;
  },
  options: { readonly cursor: number; readonly maxQueues?: number },
): PublishInfo {
  const masters = new Map<string, string>();
  for (const broker of route.brokers) {
    const master = broker.addresses.get(0);
    if (master !== undefined) masters.set(broker.name, master);
  }
  const queues: MessageQueue[] = [];
  if (route.orderTopicConf !== undefined && route.orderTopicConf !== '') {
    queues.push(...orderedQueues(topic, route.orderTopicConf).filter((queue) => masters.has(queue.brokerName)));
  } else {
    for (const of of route.queues) {
      if (!of.writable || !masters.has(of.brokerName)) continue;
      const count = options.maxQueues === undefined ? of.writeQueues : Math.min(options.maxQueues, of.readQueues);
      for (let queueId = 0; queueId < count; queueId++) queues.push({ topic, brokerName: of.brokerName, queueId });
    }
  }
  const addresses = queues.map((queue) => masters.get(queue.brokerName)!);
  return { topic, queues: Object.freeze(queues), addresses, cursor: options.cursor };
}
