import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { getRouteinfoByTopic, ResponseCode, updateAndCreateTopic } from '@cometmq/protocol';
import { type MessageView, RocketMQ, type SendOptions } from '@cometmq/sdk';
import { startStandalone } from '@cometmq/standalone';

/** A name server and broker on a free port, with a store of its own and a client to look at it. */
export interface TestCluster {
  /** `host:port`. */
  readonly namesrv: string;
  readonly client: RocketMQ;
  /** Known to the name server when it resolves, so that consumers find it at once. */
  createTopic(...topics: string[]): Promise<void>;
  send(topic: string, body: unknown, options?: SendOptions): Promise<string>;
  /** The first messages of a topic, as soon as there are so many. */
  stored<T = unknown>(topic: string, count?: number): Promise<MessageView<T>[]>;
  deadLetters<T = unknown>(group: string, count?: number): Promise<MessageView<T>[]>;
  close(): Promise<void>;
}

/** What a consumer of a test wants: no waiting between two tries of a message, from the first message on. */
export const IMPATIENT = { mode: 'orderly', suspendMs: 10, consumeFrom: 'first' } as const;

export async function startCluster(): Promise<TestCluster> {
  const storeDir = mkdtempSync(join(tmpdir(), 'cometmq-nest-'));
  const server = await startStandalone({ port: 0, storeDir });
  const client = await RocketMQ.connect({ namesrv: server.namesrv, pollRouteIntervalMs: 50 });
  const producer = client.producer();
  const address = `ws://${server.namesrv}`;
  let readers = 0;

  async function createTopic(topic: string): Promise<void> {
    const defaults = { defaultTopic: 'TBW102', topicFilterType: 'SINGLE_TAG', order: false, force: false };
    await client.instance.call(address, updateAndCreateTopic, {
      ...defaults,
      topic,
      readQueueNums: 1,
      writeQueueNums: 1,
      perm: 6,
    });
    for (;;) {
      const { code } = await client.instance.invoke(address, getRouteinfoByTopic, { topic });
      if (code === ResponseCode.SUCCESS) return;
      await new Promise((resolve) => setTimeout(resolve, 5));
    }
  }

  async function stored<T>(topic: string, count = 1): Promise<MessageView<T>[]> {
    const options = { group: `reader-${(readers += 1)}`, consumeFrom: 'first', autoCommit: false } as const;
    await using reader = client.pullConsumer({ ...options, subscriptions: [topic] });
    const found: MessageView<T>[] = [];
    while (found.length < count) found.push(...(await reader.poll<T>({ timeoutMs: 1000 })));
    return found;
  }

  return {
    namesrv: server.namesrv,
    client,
    stored,
    deadLetters: (group, count) => stored(`%DLQ%${group}`, count),
    createTopic: async (...topics) => void (await Promise.all(topics.map(createTopic))),
    send: async (topic, body, options) => (await producer.send(topic, body, options)).msgId,
    async close() {
      await client.close();
      await server.close();
      rmSync(storeDir, { recursive: true, force: true });
    },
  };
}

/** Waits until `condition` holds. The test's own time limit is the bound. */
export async function until(condition: () => boolean): Promise<void> {
  while (!condition()) await new Promise((resolve) => setTimeout(resolve, 5));
}
