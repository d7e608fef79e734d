import { decodeProperties, getAllDelayOffset, getMaxOffset, sendMessageV2 } from '@cometmq/protocol';
import { encodeUtf8, seededRandom, VirtualClock } from '@cometmq/runtime';
import { SimDisk } from '@cometmq/testkit';
import { describe, expect, it } from 'vitest';
import { bodyText, records, sendHeader } from '../broker-harness.js';
import { client, closeBrokerAfterEach, harness, startBroker } from '../broker-per-test.js';

closeBrokerAfterEach();

const delayed = (level: number | string, body = 'later') =>
  client.send('T', body, { queueId: 2, properties: `DELAY\u0001${level}\u0002UNIQ_KEY\u0001U\u0002` });
const delivered = async (queueId = 2) => records((await client.pull('T', { queueId })).body);

describe('a delayed message', () => {
  it('is delivered when its level says, where it wanted to go, and tells of the delay', async () => {
    await startBroker();
    const sent = await delayed(3);
    expect(sent).toMatchObject({ code: 0, header: { queueId: 2, queueOffset: 0, transactionId: 'U' } });
    await harness.clock.advance(9900);
    expect(await delivered()).toEqual([]);
    await harness.clock.advance(200);
    const [record] = await delivered();
    expect(bodyText(record!)).toBe('later');
    expect(record).toMatchObject({ topic: 'T', queueId: 2, queueOffset: 0 });
    expect(Object.fromEntries(decodeProperties(record!.properties))).toMatchObject({
      DELAY: '3',
      REAL_TOPIC: 'T',
      REAL_QID: '2',
      UNIQ_KEY: 'U',
      CLUSTER: 'DefaultCluster',
    });
    expect(harness.gauge('delayed_messages_delivered_total')).toBe(1);
  });

  it('of a level beyond the last waits as long as the last', async () => {
    await startBroker({ messageDelayLevel: '1s 5s' });
    await delayed(99);
    await harness.clock.advance(4800);
    expect(await delivered()).toEqual([]);
    await harness.clock.advance(400);
    expect(decodeProperties((await delivered())[0]!.properties).get('DELAY')).toBe('2');
  });

  it.each(['0', '-1', 'soon', '1.5'])('of level %s is none', async (level) => {
    await startBroker();
    await delayed(level);
    expect((await delivered()).map(bodyText)).toEqual(['later']);
  });

  it('drops the timer that it asks for as well', async () => {
    await startBroker();
    await client.send('T', 'x', { queueId: 2, properties: 'TIMER_DELAY_SEC\u00015\u0002DELAY\u00011\u0002' });
    await harness.clock.advance(1200);
    expect((await delivered()).map(({ properties }) => decodeProperties(properties).has('TIMER_DELAY_SEC'))).toEqual([
      false,
    ]);
  });

  it('keeps its place among those of its level, and levels do not wait for each other', async () => {
    await startBroker();
    for (let index = 0; index < 100; index++)
      await client.send('T', `slow${index}`, { queueId: 2, properties: 'DELAY\u00012\u0002' });
    await delayed(1, 'fast');
    await harness.clock.advance(1500);
    expect((await delivered()).map(bodyText)).toEqual(['fast']);
    await harness.clock.advance(5000);
    const all: string[] = [];
    for (let offset = 0; offset < 101;) {
      const answer = await client.pull('T', { queueId: 2, queueOffset: offset });
      all.push(...records(answer.body).map(bodyText));
      offset = answer.header!.nextBeginOffset;
    }
    expect(all).toEqual(['fast', ...Array.from({ length: 100 }, (_, index) => `slow${index}`)]);
  });

  it('takes no time of an idle broker', async () => {
    await startBroker();
    await delayed(5);
    const before = harness.clock.pendingTimers;
    await harness.clock.advance(50_000);
    expect(harness.clock.pendingTimers).toBeLessThanOrEqual(before + 1);
  });

  it('is delivered once, over a restart', async () => {
    const clock = new VirtualClock();
    await startBroker({ clock });
    await delayed(1, 'first');
    await delayed(4, 'second');
    await harness.clock.advance(2000);
    const { disk } = harness;
    await harness.close();
    await clock.advance(60_000);
    await startBroker({ clock, disk });
    await clock.advance(10);
    expect((await delivered()).map(bodyText)).toEqual(['first', 'second']);
    await clock.advance(60_000);
    expect((await client.ask(getMaxOffset, { topic: 'T', queueId: 2, committed: true })).header?.offset).toBe(2);
    expect(Buffer.from((await client.ask(getAllDelayOffset, {})).body).toString()).toMatch(/"offsetTable":\{1:1,4:1\}/);
  });

  it('counts as delivered when the disk has it, however slow that is', async () => {
    const clock = new VirtualClock();
    const device = new SimDisk({ clock, random: seededRandom(1) });
    const store = { flushDiskType: 'SYNC_FLUSH' as const, syncFlushTimeout: 1000 };
    await startBroker({ clock, disk: device.mount(), store });
    await delayed(1);
    device.syncMs = [5000, 5000];
    await clock.advance(4000);
    const offsets = async () => Buffer.from((await client.ask(getAllDelayOffset, {})).body).toString();
    expect(await offsets()).toContain('"offsetTable":{}');
    await clock.advance(5000);
    expect((await delivered()).map(bodyText)).toEqual(['later']);
    expect(await offsets()).toContain('"offsetTable":{1:1}');
    device.syncMs = [0, 0];
    await clock.advance(60_000);
    expect((await client.ask(getMaxOffset, { topic: 'T', queueId: 2, committed: true })).header?.offset).toBe(1);
  });

  it('is not held up by a wall clock that is set back', async () => {
    await startBroker();
    await delayed(3);
    await harness.clock.advance(1000);
    harness.clock.jumpWallClock(-3_600_000);
    await harness.clock.advance(11_000);
    expect((await delivered()).map(bodyText)).toEqual(['later']);
  });

  it('is delivered early when the wall clock jumps ahead', async () => {
    await startBroker();
    await delayed(18);
    harness.clock.jumpWallClock(2 * 3_600_000);
    await harness.clock.advance(10_100);
    expect((await delivered()).map(bodyText)).toEqual(['later']);
  });

  it('is delivered at once when the wall clock was set and the levels are told', async () => {
    await startBroker();
    await delayed(18);
    await delayed(17, 'sooner');
    await harness.clock.advance(100);
    harness.clock.jumpWallClock(3_600_000);
    harness.broker.parts.delay.wallClockSet();
    await harness.clock.settle();
    expect((await delivered()).map(bodyText)).toEqual(['sooner']);
  });

  it('one-way is delayed as well', async () => {
    await startBroker();
    client.connection.oneway(sendMessageV2, sendHeader('T', 1, { queueId: 2, properties: 'DELAY\u00011\u0002' }), {
      body: encodeUtf8('x'),
    });
    await harness.clock.advance(1200);
    expect((await delivered()).map(bodyText)).toEqual(['x']);
  });
});
