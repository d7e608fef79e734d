import { encodeProperties, queryMessage, ResponseCode } from '@cometmq/protocol';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { bodyText, BrokerHarness, during, records, type TestClient } from '../../broker-harness.js';

let harness: BrokerHarness;
let client: TestClient;
beforeEach(async () => {
  harness = await BrokerHarness.start({ store: { maxHashSlotNum: 50, maxIndexNum: 200 } });
  client = harness.client();
});
afterEach(() => harness.close());

async function send(text: string, properties: Readonly<Record<string, string>>): Promise<void> {
  expect((await client.send('T', text, { properties: encodeProperties(properties) })).code).toBe(0);
}

const query = (key: string, more: object = {}, extFields: Readonly<Record<string, string>> = {}) =>
  client.ask(
    queryMessage,
    { topic: 'T', key, maxNum: 64, beginTimestamp: 0, endTimestamp: Number.MAX_SAFE_INTEGER, ...more },
    { extFields },
  );

describe('QUERY_MESSAGE', () => {
  it('gives the records of a key, oldest first, and how far the index is', async () => {
    await send('one', { KEYS: 'a b' });
    await harness.clock.advance(5000);
    await send('two', { KEYS: 'b', UNIQ_KEY: 'U2' });
    const answer = await query('b');
    expect(answer.code).toBe(ResponseCode.SUCCESS);
    const found = records(answer.body);
    expect(found.map(bodyText)).toEqual(['one', 'two']);
    expect(answer.header).toEqual({
      indexLastUpdateTimestamp: found[1]!.storeTimestamp,
      indexLastUpdatePhyoffset: found[1]!.physicalOffset,
    });
    expect(records((await query('a')).body).map(bodyText)).toEqual(['one']);
    expect(records((await query('U2')).body).map(bodyText)).toEqual(['two']);
  });

  it('looks only at the time asked for', async () => {
    const start = harness.clock.now();
    await send('early', { KEYS: 'k' });
    await harness.clock.advance(60_000);
    await send('late', { KEYS: 'k' });
    const found = async (beginTimestamp: number, endTimestamp: number) =>
      records((await query('k', { beginTimestamp, endTimestamp })).body).map(bodyText);
    expect(await found(start + 30_000, start + 90_000)).toEqual(['late']);
    expect(await found(start, start + 30_000)).toEqual(['early']);
  });

  it('finds nothing with 22, as Apache says it', async () => {
    for (const extra of [{}, { topic: 'other' }, { maxNum: -1 }, { beginTimestamp: 5, endTimestamp: 4 }]) {
      await send('x', { KEYS: 'there' });
      const answer = await query('not there', extra);
      expect(answer).toMatchObject({
        code: ResponseCode.QUERY_NOT_FOUND,
        remark: 'can not find message, maybe time range not correct',
        fields: { indexLastUpdateTimestamp: '0', indexLastUpdatePhyoffset: '0' },
      });
    }
    expect((await query('there', { maxNum: 0 })).code).toBe(ResponseCode.QUERY_NOT_FOUND);
  });

  it('gives the newest maxNum, 32 of a unique key whatever is asked for, and never more than 64', async () => {
    for (let index = 0; index < 70; index++) await send(`m${index}`, { UNIQ_KEY: 'same' });
    const found = async (maxNum: number, extFields = {}) =>
      records((await query('same', { maxNum }, extFields)).body).map(bodyText);
    expect(await found(2)).toEqual(['m68', 'm69']);
    expect(await found(1000)).toHaveLength(64);
    expect(await found(1, { _UNIQUE_KEY_QUERY: 'true' })).toHaveLength(32);
    expect(await found(1, { _UNIQUE_KEY_QUERY: 'false' })).toHaveLength(1);
  });

  it('answers after a restart of the broker, too', async () => {
    await send('kept', { KEYS: 'k' });
    const { clock, disk } = harness;
    await during(clock, harness.broker.close());
    const again = await BrokerHarness.start({ clock, disk, store: { maxHashSlotNum: 50, maxIndexNum: 200 } });
    const answer = await again.client().ask(queryMessage, {
      topic: 'T',
      key: 'k',
      maxNum: 1,
      beginTimestamp: 0,
      endTimestamp: Number.MAX_SAFE_INTEGER,
    });
    expect(records(answer.body).map(bodyText)).toEqual(['kept']);
    await again.close();
  });
});
