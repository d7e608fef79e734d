import { crc32 } from 'node:zlib';
import { it } from 'vitest';
import { hostBytes } from '/work/main/packages/protocol/src/message/host-bytes.js';
import { bodyChecksum, readRecord, recordSize, writeRecord } from '/work/main/packages/protocol/src/message/record-codec.js';
import { findProperty, decodeProperties, withProperty } from '/work/main/packages/protocol/src/message/properties.js';
import { recordTags, recordTopic } from '/work/main/packages/protocol/src/message/record-fields.js';
import { checkRecord } from '/work/main/packages/protocol/src/message/record-check.js';
import { heartbeatData } from '/work/main/packages/protocol/src/bodies/heartbeat.js';
import { topicRouteData } from '/work/main/packages/protocol/src/bodies/topic-route.js';
import { consumerOffsetSerializeWrapper } from '/work/main/packages/protocol/src/bodies/consumer-offset.js';
import { uniqueIdGenerator } from '/work/main/packages/protocol/src/message/message-id.js';
import { readFileSync } from 'node:fs';
function bench(name: string, n: number, f: (i: number) => unknown) {
  let s: unknown; for (let i = 0; i < n; i++) s = f(i);
  let best = 1e9;
  for (let r = 0; r < 5; r++) { const t = process.hrtime.bigint(); for (let i = 0; i < n; i++) s = f(i); best = Math.min(best, Number(process.hrtime.bigint() - t) / n); }
  console.log(name, best.toFixed(0), 'ns', typeof s);
}
it('speed', () => {
  const rec = { topic: 'OrdersTopic', queueId: 1, flag: 0, queueOffset: 5, physicalOffset: 0x1234567890, sysFlag: 0, bornTimestamp: 1.7e12, bornHost: hostBytes('10.0.0.1', 40000), storeTimestamp: 1.7e12, storeHost: hostBytes('10.0.0.2', 10911), reconsumeTimes: 0, preparedTransactionOffset: 0, body: new Uint8Array(1024).fill(65),
    properties: 'KEYS\u0001order-123456\u0002UNIQ_KEY\u00010A0000010000002A9F0000000000000001\u0002WAIT\u0001true\u0002TAGS\u0001TagA\u0002CLUSTER\u0001DefaultCluster\u0002MSG_REGION\u0001DefaultRegion\u0002TRACE_ON\u0001true\u0002' };
  const batch = Buffer.alloc(1 << 20);
  const size = recordSize(rec);
  bench('recordSize', 1e6, () => recordSize(rec));
  bench('writeRecord 1KiB (crc given)', 1e6, (i) => writeRecord(batch, (i & 511) * 1500, rec, 5));
  const u8 = new Uint8Array(1<<20);
  bench('writeRecord 1KiB into Uint8Array', 1e6, (i) => writeRecord(u8, (i & 511) * 1500, rec, 5));
  bench('size+crc+write', 3e5, (i) => recordSize(rec) + writeRecord(batch, (i & 511) * 1500, rec, bodyChecksum(crc32, rec.body)));
  const one = batch.subarray(0, size); writeRecord(batch, 0, rec, bodyChecksum(crc32, rec.body));
  bench('readRecord', 1e6, () => readRecord(one));
  bench('checkRecord no crc', 1e6, () => checkRecord(one, 0, { crc32, checkCrc: false }));
  bench('checkRecord crc', 3e5, () => checkRecord(one, 0, { crc32, checkCrc: true }));
  bench('recordTags', 1e6, () => recordTags(one));
  bench('recordTopic', 1e6, () => recordTopic(one));
  bench('findProperty TAGS', 3e6, () => findProperty(rec.properties, 'TAGS'));
  bench('findProperty KEYS', 3e6, () => findProperty(rec.properties, 'KEYS'));
  bench('findProperty absent', 3e6, () => findProperty(rec.properties, 'DELAY'));
  bench('decodeProperties', 5e5, () => decodeProperties(rec.properties).size);
  bench('withProperty', 5e5, () => withProperty(rec.properties, 'CLUSTER', 'x'));
  bench('withProperty new', 5e5, () => withProperty(rec.properties, 'CLUSTERX', 'x'));
  const id = uniqueIdGenerator({ clock: { now: () => 1.7e12 }, random: { bytes: (n) => new Uint8Array(n) } }, { address: new Uint8Array(4), processId: 5 });
  bench('uniqueId', 1e6, () => id());
  const golden = JSON.parse(readFileSync('/work/main/conformance/golden/records/bodies.json', 'utf8'));
  const hb = new TextEncoder().encode(golden.made.find((x: any) => x.class === 'HeartbeatData').text);
  bench('heartbeat decode', 5e4, () => heartbeatData.decode(hb));
  const hv = heartbeatData.decode(hb);
  bench('heartbeat encode', 5e4, () => heartbeatData.encode(hv));
  const rt = golden.made.find((x: any) => x.class === 'TopicRouteData').text;
  bench('route parse (odd)', 5e4, () => topicRouteData.parse(rt));
  const rv = topicRouteData.parse(rt);
  bench('route encode standard', 5e4, () => topicRouteData.encode(rv, 'standard'));
  const big = { offsetTable: new Map(Array.from({ length: 20000 }, (_, i) => [`topic-${i}@group-${i}`, new Map([[0, i], [1, i], [2, i], [3, 5]])])) };
  let t = process.hrtime.bigint(); const text = consumerOffsetSerializeWrapper.format(big, 'pretty'); console.log('format 20k offsets', Number(process.hrtime.bigint() - t) / 1e6, 'ms', text.length);
  t = process.hrtime.bigint(); consumerOffsetSerializeWrapper.parse(text); console.log('parse 20k offsets', Number(process.hrtime.bigint() - t) / 1e6, 'ms');
}, 200000);
