/*
 * What one frame costs: nanoseconds for decoding and encoding the frames of a send, best of several rounds.
 * Needs built packages: npx tsc -b packages/protocol && node benchmarks/micro/protocol-frames.mjs
 */
import { FrameDecoder, FrameWriter, pullMessage, sendMessageV2 } from '@cometmq/protocol';

const header = {
  producerGroup: 'PG_benchmark',
  topic: 'TopicBenchmark',
  defaultTopic: 'TBW102',
  defaultTopicQueueNums: 4,
  queueId: 1,
  sysFlag: 0,
  bornTimestamp: 1_700_000_000_000,
  flag: 0,
  properties:
    'KEYS\u0001k1\u0002UNIQ_KEY\u0001FD000000000000000000000000000002A9F00000000000012\u0002WAIT\u0001true\u0002',
  reconsumeTimes: 0,
  unitMode: false,
  batch: false,
  bname: 'broker-a',
};
const answer = {
  msgId: '0A00000200002A9F0000000000001234',
  queueId: 1,
  queueOffset: 123_456,
  transactionId: 'FD000000000000000000000000000002A9F00000000000012',
};
const pull = {
  consumerGroup: 'CG_benchmark',
  topic: 'TopicBenchmark',
  queueId: 1,
  queueOffset: 123_456,
  maxMsgNums: 32,
  sysFlag: 3,
  commitOffset: 123_000,
  suspendTimeoutMillis: 15_000,
  subVersion: 1_700_000_000_000,
};
const body = new Uint8Array(1024).fill(65);
const extFields = { MSG_REGION: 'DefaultRegion', TRACE_ON: 'true' };
const FRAMES = 50;
const ROUNDS = 40;

/** Nanoseconds per frame when `turn` handles FRAMES of them. */
function measure(name, turn) {
  let best = Number.POSITIVE_INFINITY;
  for (let round = 0; round < ROUNDS; round++) {
    const turns = 200;
    const start = process.hrtime.bigint();
    for (let index = 0; index < turns; index++) turn();
    best = Math.min(best, Number(process.hrtime.bigint() - start) / (turns * FRAMES));
  }
  process.stdout.write(`${name.padEnd(52)}${best.toFixed(0).padStart(7)} ns\n`);
}

const writer = new FrameWriter();

function encoding(write) {
  return () => {
    for (let opaque = 0; opaque < FRAMES; opaque++) write(opaque);
    writer.take();
  };
}

/** Chunks of about 64 KiB, as a socket hands them out. */
function decoding(write, codec) {
  for (let opaque = 0; opaque < FRAMES; opaque++) write(opaque);
  const chunk = Buffer.concat(writer.take());
  const decoder = new FrameDecoder();
  let sum = 0;
  const sink = codec
    ? (command) => {
        sum += codec.decode(command.fields).queueId ?? 0;
      }
    : (command) => {
        sum += command.opaque;
      };
  return () => {
    decoder.push(chunk, sink);
    return sum;
  };
}

/* The peer: what one writes first, objects through JSON and Buffer.concat. */

function plainEncode(opaque) {
  const extFields = sendMessageV2.request.encode(header);
  const text = JSON.stringify({
    code: 310,
    extFields,
    flag: 0,
    language: 'JAVA',
    opaque,
    serializeTypeCurrentRPC: 'JSON',
    version: 479,
  });
  const head = Buffer.from(text);
  const prefix = Buffer.alloc(8);
  prefix.writeInt32BE(4 + head.length + body.length, 0);
  prefix.writeInt32BE(head.length, 4);
  return Buffer.concat([prefix, head, body]);
}

function plainDecode(chunk) {
  const commands = [];
  for (let at = 0; at < chunk.length;) {
    const size = 4 + chunk.readInt32BE(at);
    const head = at + 8 + (chunk.readInt32BE(at + 4) & 0xffffff);
    const command = JSON.parse(chunk.subarray(at + 8, head).toString('utf8'));
    const typed = Object.fromEntries(
      Object.entries(command.extFields).map(([key, value]) => [
        key,
        Number.isNaN(Number(value)) ? value : Number(value),
      ]),
    );
    commands.push({ ...command, typed, body: chunk.subarray(head, at + size) });
    at += size;
  }
  return commands;
}

const plain = Buffer.concat(Array.from({ length: FRAMES }, (_, opaque) => plainEncode(opaque)));
measure('peer: encode send request', () => {
  const frames = [];
  for (let opaque = 0; opaque < FRAMES; opaque++) frames.push(plainEncode(opaque));
  return Buffer.concat(frames);
});
measure('peer: decode send request + typed header', () => plainDecode(plain));

for (const serialization of ['json', 'rocketmq']) {
  const send = (opaque) => writer.writeRequest(sendMessageV2, { opaque, header, body, serialization });
  const sent = (opaque) =>
    writer.writeResponse(sendMessageV2, { opaque, code: 0, header: answer, extFields, serialization });
  const pulled = (opaque) => writer.writeRequest(pullMessage, { opaque, header: pull, serialization });
  const label = (what) => `${what} (${serialization})`;
  measure(label('encode send request, 1 KiB body'), encoding(send));
  measure(label('encode send answer'), encoding(sent));
  measure(label('encode pull request'), encoding(pulled));
  measure(label('decode send request'), decoding(send));
  measure(label('decode send request + typed header'), decoding(send, sendMessageV2.request));
  measure(label('decode send answer + typed header'), decoding(sent, sendMessageV2.response));
  measure(label('decode pull request + typed header'), decoding(pulled, pullMessage.request));
}
