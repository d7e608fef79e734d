import {
  getRouteinfoByTopic,
  pullMessage,
  records,
  ResponseCode,
  searchOffsetByTimestamp,
  sendMessageV2,
} from '@cometmq/protocol';
import type { RemotingClient } from '@cometmq/remoting';
import { VirtualClock } from '@cometmq/runtime';
import { describe, expect, it } from 'vitest';
import { soundClient, undisturbed } from './bystander.js';
import { FaultServer, until } from './fault-server.js';
import { pullHeader, sendHeader, SUBSCRIPTION, SUSPEND } from './requests.js';

const HOUR_MS = 3_600_000;
const YEAR_MS = 365 * 24 * HOUR_MS;

class Timed {
  readonly clock = new VirtualClock();
  server!: FaultServer;
  client!: RemotingClient;

  static async start(): Promise<Timed> {
    const timed = new Timed();
    timed.server = await FaultServer.start({ clock: timed.clock });
    timed.client = await soundClient();
    return timed;
  }

  async send(text: string, properties = ''): Promise<void> {
    const header = sendHeader('T', { properties });
    const sent = await this.client.invoke(this.server.address, sendMessageV2, header, { body: Buffer.from(text) });
    expect(sent.code).toBe(ResponseCode.SUCCESS);
  }

  async stored(): Promise<{ text: string; storeTimestamp: number }[]> {
    const pulled = await this.client.invoke(this.server.address, pullMessage, pullHeader('T', 0));
    return [...records(pulled.body)].map(({ body, storeTimestamp }) => ({
      text: Buffer.from(body).toString(),
      storeTimestamp,
    }));
  }

  async texts(): Promise<string[]> {
    return (await this.stored()).map(({ text }) => text);
  }

  /** In steps small enough for clients that are there. */
  async pass(ms: number): Promise<void> {
    for (let left = ms; left > 0; left -= 5000) {
      await this.clock.advance(Math.min(left, 5000));
      await this.texts();
    }
  }
}

describe.each([
  ['back an hour', -HOUR_MS],
  ['back a year', -YEAR_MS],
  ['forward a year', YEAR_MS],
])('a wall clock that is set %s', (_, jumpMs) => {
  it('is no reason to refuse, to lose or to disorder anything', async () => {
    const timed = await Timed.start();
    await undisturbed(timed.server, async () => {
      await timed.send('before');
      await timed.pass(10_000);
      const held = timed.client.invoke(
        timed.server.address,
        pullMessage,
        pullHeader('T', 1, { sysFlag: SUSPEND | SUBSCRIPTION, suspendTimeoutMillis: 20_000 }),
        { timeoutMs: 15_000 },
      );
      await until(async () => (await timed.server.metric('rocketmq_broker_held_pulls')) === 1);
      timed.clock.jumpWallClock(jumpMs);
      expect(await timed.server.metric('rocketmq_broker_held_pulls')).toBe(1);
      await timed.send('after');
      expect((await held).code).toBe(ResponseCode.SUCCESS);
      await timed.pass(10_000);
      await timed.send('later');
      const stored = await timed.stored();
      expect(stored.map(({ text }) => text)).toEqual(['before', 'after', 'later']);
      const times = stored.map(({ storeTimestamp }) => storeTimestamp);
      expect(times).toEqual(times.toSorted((a, b) => a - b));
      const search = { topic: 'T', queueId: 0, timestamp: times[1]! };
      const found = await timed.client.invoke(timed.server.address, searchOffsetByTimestamp, search);
      expect(found.header?.offset).toBe(1);
    });
  });

  it('delays no delayed message by more than it asked for', async () => {
    const timed = await Timed.start();
    await timed.send('ten seconds, from before', 'DELAY\u00013\u0002');
    await timed.pass(2000);
    timed.clock.jumpWallClock(jumpMs);
    await timed.send('ten seconds, from after', 'DELAY\u00013\u0002');
    await timed.pass(25_000);
    expect((await timed.texts()).toSorted()).toEqual(['ten seconds, from after', 'ten seconds, from before']);
  });

  it('takes no broker out of the routes, and no connection away', async () => {
    const timed = await Timed.start();
    await timed.send('before');
    timed.clock.jumpWallClock(jumpMs);
    await timed.pass(300_000);
    const route = await timed.client.invoke(timed.server.address, getRouteinfoByTopic, { topic: 'T' });
    expect(route.code).toBe(ResponseCode.SUCCESS);
    expect(Buffer.from(route.body).toString()).toContain(timed.server.address);
    expect(timed.client.connections.size).toBe(1);
  });

  it('is no reason not to start again', async () => {
    const timed = await Timed.start();
    await timed.send('before', 'KEYS\u0001k\u0002');
    await timed.server.close();
    timed.clock.jumpWallClock(jumpMs);
    timed.server = await FaultServer.start({ clock: timed.clock, storeDir: timed.server.storeDir });
    await timed.send('after', 'KEYS\u0001k\u0002');
    const stored = await timed.stored();
    expect(stored.map(({ text }) => text)).toEqual(['before', 'after']);
    expect(stored[1]!.storeTimestamp).toBeGreaterThanOrEqual(stored[0]!.storeTimestamp);
  });
});
