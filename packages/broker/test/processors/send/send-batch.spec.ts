import { decodeProperties, encodeBatch, ResponseCode, sendBatchMessage } from '@cometmq/protocol';
import { encodeUtf8 } from '@cometmq/runtime';
import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { bodyText, records, sendHeader } from '../../broker-harness.js';
import { brokerPerTest, client } from '../../broker-per-test.js';

brokerPerTest();

const entry = (body: string, properties = '') => ({ flag: 3, body: encodeUtf8(body), properties });
const batch = (topic: string, body: Uint8Array, more: object = {}) =>
  client.ask(sendBatchMessage, { ...sendHeader(topic, 1), batch: true, ...more }, { body });
const stored = async (topic: string) => records((await client.pull(topic)).body);

describe('a batch', () => {
  it('becomes one message after the other, with ids for each', async () => {
    await client.send('T', 'before');
    const body = encodeBatch([
      entry('a', 'KEYS\u0001k\u0002UNIQ_KEY\u0001U1'),
      entry('b', 'UNIQ_KEY\u0001U2\u0002'),
      entry('c'),
    ]);
    const answer = await batch('T', body, { properties: 'WAIT\u0001true\u0002UNIQ_KEY\u0001whole' });
    expect(answer).toMatchObject({ code: 0, header: { queueId: 0, queueOffset: 1, transactionId: 'whole' } });
    const messages = await stored('T');
    expect(messages.map(bodyText)).toEqual(['before', 'a', 'b', 'c']);
    expect(answer.header?.msgId.split(',')).toHaveLength(3);
    expect(decodeProperties(messages[1]!.properties)).toEqual(
      new Map([
        ['KEYS', 'k'],
        ['UNIQ_KEY', 'U1'],
        ['WAIT', 'true'],
        ['CLUSTER', 'DefaultCluster'],
        ['MSG_REGION', 'DefaultRegion'],
        ['TRACE_ON', 'true'],
      ]),
    );
    expect(decodeProperties(messages[3]!.properties).get('UNIQ_KEY')).toMatch(/^[0-9A-F]{32}$/);
    expect(messages[2]).toMatchObject({ flag: 3, queueOffset: 2 });
  });

  it('is taken through the other send as well', async () => {
    const answer = await client.send('T', encodeBatch([entry('a'), entry('b')]), { batch: true });
    expect(answer.header?.msgId.split(',')).toHaveLength(2);
    expect((await stored('T')).map(bodyText)).toEqual(['a', 'b']);
  });

  it.each([
    ['a retry topic', '%RETRY%CG', {}],
    ['a delay', 'T', { properties: 'DELAY\u00013\u0002' }],
    ['a transaction', 'T', { properties: 'TRAN_MSG\u0001true\u0002' }],
  ])('with %s is refused', async (_, topic, more) => {
    expect((await batch(topic, encodeBatch([entry('a')]), more)).code).toBe(ResponseCode.MESSAGE_ILLEGAL);
  });

  it('that is damaged is refused as a whole, and the broker goes on', async () => {
    await client.send('T', 'before');
    const good = encodeBatch([entry('a'), entry('b'), entry('c')]);
    await fc.assert(
      fc.asyncProperty(
        fc.nat(good.length - 1),
        fc.integer({ min: 0, max: 255 }),
        fc.nat(good.length),
        async (at, value, length) => {
          const bytes = good.slice(0, length);
          if (at < length) bytes[at] = value;
          expect([0, 1, ResponseCode.MESSAGE_ILLEGAL]).toContain((await batch('Damaged', bytes)).code);
        },
      ),
      { numRuns: 60 },
    );
    expect((await batch('T', good.slice(0, -1))).code).toBe(ResponseCode.SYSTEM_ERROR);
    expect((await stored('T')).map(bodyText)).toEqual(['before']);
  });
});
