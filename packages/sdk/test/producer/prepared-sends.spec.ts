import { prepareRequest, sendMessageV2 } from '@cometmq/protocol';
import { describe, expect, it } from 'vitest';
import { EncodedMessage } from '../../src/producer/encoded-message.js';
import { PreparedSends } from '../../src/producer/prepared-sends.js';
import type { PublishInfo } from '../../src/routing/publish-info.js';

const info = (queues: number): PublishInfo => ({
  topic: 't',
  queues: Array.from({ length: queues }, (_, queueId) => ({ topic: 't', brokerName: 'a', queueId })),
  addresses: [],
  cursor: 0,
});
const message = (start: number, compressed?: 'zlib') =>
  new EncodedMessage(
    new Uint8Array(1),
    compressed,
    'ID',
    0,
    { index: start, text: '', bytes: new Uint8Array(0) },
    '\u0002',
  );
const request = () =>
  prepareRequest(
    sendMessageV2,
    {
      producerGroup: 'g',
      topic: 't',
      defaultTopic: 'd',
      defaultTopicQueueNums: 4,
      queueId: 0,
      sysFlag: 0,
      bornTimestamp: 0,
      flag: 0,
    },
    { text: 'properties', textStart: '', number: 'bornTimestamp' },
  );

describe('prepared sends', () => {
  it('have one for each route, queue, beginning of the properties and compression', () => {
    const sends = new PreparedSends();
    const made = new Map<string, ReturnType<typeof request>>();
    const routes = [info(3), info(3)];
    const each = (visit: (key: string, ...of: [PublishInfo, number, EncodedMessage]) => void) => {
      for (const [at, route] of routes.entries())
        for (let queue = 0; queue < 3; queue++)
          for (let start = 0; start < 6; start++)
            for (const zip of [undefined, 'zlib'] as const)
              visit(`${at} ${queue} ${start} ${zip}`, route, queue, message(start, zip));
    };
    each((key, ...of) => {
      expect(sends.get(...of)).toBeUndefined();
      made.set(key, request());
      sends.set(...of, made.get(key)!);
    });
    each((key, ...of) => expect(sends.get(...of)).toBe(made.get(key)));
  });

  it('are forgotten when they become too many', () => {
    const sends = new PreparedSends();
    const routes = Array.from({ length: 5000 }, () => info(1));
    const one = request();
    for (const route of routes) sends.set(route, 0, message(0), one);
    const kept = routes.filter((route) => sends.get(route, 0, message(0)) !== undefined);
    expect(kept.length).toBe(5000 - 4096);
    expect(kept.at(-1)).toBe(routes.at(-1));
  });
});
