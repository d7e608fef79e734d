import { AckPolicy, jetstream, type JetStreamManager, jetstreamManager, StorageType } from '@nats-io/jetstream';
import { connect } from '@nats-io/transport-node';
import type { LoadClient } from './load-client.js';

export async function openNats(address: string): Promise<LoadClient> {
  const connection = await connect({ servers: address });
  const stream = jetstream(connection);
  let opened: Promise<JetStreamManager> | undefined;
  // Not needed for sending, so not at the start.
  const manager = (): Promise<JetStreamManager> => (opened ??= jetstreamManager(connection));
  const known = new Set<string>();
  return {
    async prepare(topic) {
      if (known.has(topic)) return;
      known.add(topic);
      await (await manager()).streams.add({ name: topic, subjects: [topic], storage: StorageType.File });
    },
    send: (topic, body) => stream.publish(topic, body),
    sendBatch: (topic, bodies) => Promise.all(bodies.map((body) => stream.publish(topic, body))),
    discard: async (topic) => (await manager()).streams.purge(topic),
    async consume(topic, group, count, onMessage) {
      const admin = await manager();
      await admin.consumers.add(topic, {
        durable_name: group,
        ack_policy: AckPolicy.Explicit,
        max_ack_pending: 10_000,
      });
      const consumer = await stream.consumers.get(topic, group);
      const messages = await consumer.consume({ max_messages: 1000 });
      let seen = 0;
      for await (const message of messages) {
        if (message.data.length > 0) onMessage();
        message.ack();
        if (++seen === count) break;
      }
      await connection.flush();
      await messages.close();
    },
  };
}
