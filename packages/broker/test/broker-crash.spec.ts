import {
  getTopicConfig,
  queryConsumerOffset,
  updateAndCreateSubscriptiongroup,
  updateAndCreateTopic,
  updateConsumerOffset,
} from '@cometmq/protocol';
import { encodeUtf8, seededRandom, VirtualClock } from '@cometmq/runtime';
import { SimDisk } from '@cometmq/testkit';
import { describe, expect, it } from 'vitest';
import { BrokerHarness, type TestClient, topicHeader } from './broker-harness.js';

/** Makes topics until the power fails; the names of those that were confirmed. */
async function makeTopics(client: TestClient, clock: VirtualClock, forMs: number): Promise<string[]> {
  const made: string[] = [];
  for (let index = 0; index < 40; index++) {
    const topic = `Topic${index}`;
    const asked = client.connection.request(updateAndCreateTopic, topicHeader(topic), { timeoutMs: 1e6 });
    asked.then(({ code }) => code === 0 && made.push(topic)).catch(() => {});
  }
  await clock.advance(forMs);
  return made;
}

describe.each([1, 2, 3, 4, 5, 6, 7, 8])('power that fails, seed %d', (seed) => {
  it('takes no topic that was confirmed', async () => {
    const clock = new VirtualClock();
    const random = seededRandom(seed);
    const disk = new SimDisk({ clock, random, syncMs: [1, 4] });
    const confirmed: string[] = [];
    for (let life = 0; life < 4; life++) {
      const harness = await BrokerHarness.start({ clock, disk: disk.mount() });
      const client = harness.client();
      await client.ask(updateAndCreateSubscriptiongroup, {}, { body: encodeUtf8('{"groupName":"CG"}') });
      confirmed.push(...(await makeTopics(client, clock, Math.floor(random.next() * 30))));
      disk.crash('power');
    }
    const harness = await BrokerHarness.start({ clock, disk: disk.mount() });
    const client = harness.client();
    const found: string[] = [];
    for (const topic of confirmed) if ((await client.ask(getTopicConfig, { topic })).code === 0) found.push(topic);
    expect(found).toEqual(confirmed);
    expect(confirmed.length).toBeGreaterThan(0);
    await harness.close();
  });
});

it('a broker that is killed loses at most the offsets of the last five seconds', async () => {
  const clock = new VirtualClock();
  const disk = new SimDisk({ clock, random: seededRandom(1) });
  const first = await BrokerHarness.start({ clock, disk: disk.mount() });
  const client = first.client();
  await client.send('T', 'x');
  await client.consume('CG', { T: '*' });
  const commit = (commitOffset: number) =>
    client.ask(updateConsumerOffset, { consumerGroup: 'CG', topic: 'T', queueId: 0, commitOffset });
  await commit(5);
  await clock.advance(5100);
  await commit(6);
  disk.crash('process');
  const second = await BrokerHarness.start({ clock, disk: disk.mount() });
  const offset = await second.client().ask(queryConsumerOffset, { consumerGroup: 'CG', topic: 'T', queueId: 0 });
  expect(offset.header?.offset).toBe(5);
  await second.close();
});
