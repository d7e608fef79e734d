import type { Gauge, Meter } from '@cometmq/runtime';
import type { ClientRegistry } from '../clients/client-registry.js';
import type { DelayDelivery } from '../delay/delay-delivery.js';
import type { GroupTable } from '../groups/group-table.js';
import type { HeldPulls } from '../long-polling/held-pulls.js';
import type { ConsumerOffsets } from '../offsets/consumer-offsets.js';
import type { QueueLocks } from '../queue-lock/queue-locks.js';
import type { TopicTable } from '../topics/topic-table.js';
import type { BrokerCounters } from './broker-counters.js';

/** What the gauges look at. */
export interface MeasuredParts {
  readonly counters: BrokerCounters;
  readonly topics: TopicTable;
  readonly groups: GroupTable;
  readonly clients: ClientRegistry;
  readonly offsets: ConsumerOffsets;
  readonly locks: QueueLocks;
  readonly heldPulls: HeldPulls;
  readonly delay: DelayDelivery;
}

/** Registers the broker's figures; `broker` is the label of all of them. */
export function registerBrokerGauges(meter: Meter, broker: string, parts: MeasuredParts): void {
  const { counters } = parts;
  const add = (kind: Gauge['kind'], name: string, help: string, read: () => number) =>
    meter.register({
      name: `rocketmq_broker_${name}`,
      help,
      kind,
      read: () => [{ labels: { broker }, value: read() }],
    });
  add('counter', 'messages_in_total', 'Messages stored for producers.', () => counters.messagesIn);
  add('counter', 'bytes_in_total', 'Bytes of bodies stored for producers.', () => counters.bytesIn);
  add('counter', 'puts_refused_total', 'Messages the store did not take.', () => counters.putsRefused);
  add('counter', 'messages_out_total', 'Messages handed to consumers.', () => counters.messagesOut);
  add('counter', 'bytes_out_total', 'Bytes of records handed to consumers.', () => counters.bytesOut);
  add('counter', 'pulls_found_total', 'Pulls answered with messages.', () => counters.pullsFound);
  add('counter', 'pulls_missed_total', 'Pulls answered without messages.', () => counters.pullsMissed);
  add('counter', 'pulls_held_total', 'Pulls that had to wait for messages.', () => counters.pullsHeld);
  add('counter', 'put_seconds_total', 'Time puts took, together.', () => counters.putLatency.sumMs / 1000);
  add('counter', 'send_backs_total', 'Messages that consumers gave back.', () => counters.sendBacks);
  add('counter', 'dead_letters_total', 'Messages that were given back too often.', () => counters.deadLetters);
  add('counter', 'heartbeats_total', 'Heartbeats taken.', () => counters.heartbeats);
  add('counter', 'expired_clients_total', 'Clients whose heartbeats stayed away.', () => counters.expiredClients);
  add(
    'counter',
    'delayed_messages_delivered_total',
    'Delayed messages put back when they were due.',
    () => parts.delay.delivered,
  );
  add('gauge', 'held_pulls', 'Pulls waiting for messages now.', () => parts.heldPulls.count);
  add('gauge', 'topics', 'Topics.', () => parts.topics.size);
  add('gauge', 'groups', 'Subscription groups.', () => parts.groups.size);
  add('gauge', 'client_connections', 'Connections of known clients.', () => parts.clients.connectionCount);
  add('gauge', 'consumer_groups', 'Consumer groups with members.', () => parts.clients.consumerGroupCount);
  add('gauge', 'producer_groups', 'Producer groups with members.', () => parts.clients.producerGroupCount);
  add('gauge', 'queue_locks', 'Queues locked by orderly consumers.', () => parts.locks.count);
  add('gauge', 'offset_entries', 'Topics and groups with consumer offsets.', () => parts.offsets.size);
}
