import { expect, it } from 'vitest';
import { RocketMQRecord, RocketMQRecordBuilder } from '../../src/microservice/index.js';

it('gathers what RocketMQ shall know about the data', () => {
  const record = new RocketMQRecordBuilder({ id: 1 })
    .setTags('t')
    .setKeys('k1', 'k2')
    .setShardingKey('s')
    .setDelay({ afterMs: 500 })
    .setProperties({ a: '1', b: '1' })
    .setProperties({ b: '2' })
    .build();
  expect(record).toBeInstanceOf(RocketMQRecord);
  expect(record).toEqual({
    data: { id: 1 },
    options: {
      tags: 't',
      keys: ['k1', 'k2'],
      shardingKey: 's',
      delay: { afterMs: 500 },
      properties: { a: '1', b: '2' },
    },
  });
});

it('without anything said leaves everything to the defaults', () => {
  expect(new RocketMQRecordBuilder('x').build()).toEqual({ data: 'x', options: {} });
});
