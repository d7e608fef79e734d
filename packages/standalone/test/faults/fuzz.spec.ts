import { join } from 'node:path';
import { type Random, randomInt, seededRandom } from '@cometmq/runtime';
import { expect, it } from 'vitest';
import { undisturbed } from './bystander.js';
import { FaultServer, temporaryDirectory, until } from './fault-server.js';
import { goldenRequests } from './golden-requests.js';
import { Opcode, RawPeer, webSocketFrame } from './raw-peer.js';

const GOLDEN = goldenRequests();
/** Values that programs stumble over. */
const AWKWARD = [0, 1, 0x7f, 0x80, 0xff, 0x22, 0x5c, 0x7b, 0x7d, 0x2d, 0x39];
const ATTACKS = 200;
const AT_A_TIME = 8;

/** What may happen to a frame on its way. */
const MUTATIONS: readonly ((frame: Buffer, random: Random) => Buffer)[] = [
  (frame) => frame,
  (frame, random) => frame.subarray(0, randomInt(random, frame.length)),
  function flip(frame, random) {
    const changed = Buffer.from(frame);
    for (let flips = 1 + randomInt(random, 8); flips > 0; flips--) {
      changed[randomInt(random, changed.length)]! ^= 1 << randomInt(random, 8);
    }
    return changed;
  },
  function overwriteBehindTheLengths(frame, random) {
    const changed = Buffer.from(frame);
    for (let writes = 1 + randomInt(random, 4); writes > 0; writes--) {
      changed[8 + randomInt(random, changed.length - 8)] = AWKWARD[randomInt(random, AWKWARD.length)]!;
    }
    return changed;
  },
  function digits(frame, random) {
    const header = frame.subarray(8).toString('latin1');
    const numbers = ['-1', '0', '2147483648', '9007199254740993', '1e9', '00', '-', '99999999999999999999999'];
    const text = header.replace(/\d+/g, (number) =>
      random.next() < 0.2 ? numbers[randomInt(random, numbers.length)]! : number,
    );
    return reframed(frame, Buffer.from(text, 'latin1'));
  },
  function repeatAPart(frame, random) {
    const rest = frame.subarray(8);
    const from = randomInt(random, rest.length);
    const part = rest.subarray(from, from + randomInt(random, 200));
    return reframed(
      frame,
      Buffer.concat([rest.subarray(0, from), ...Array.from({ length: 20 }, () => part), rest.subarray(from)]),
    );
  },
  (_, random) => Buffer.from(random.bytes(1 + randomInt(random, 300))),
  (_, random) => Buffer.concat([Buffer.from([0, 0, randomInt(random, 2), randomInt(random, 256)]), random.bytes(300)]),
];

/** The same frame around other content; the header grows and shrinks with it. */
function reframed(frame: Buffer, rest: Buffer): Buffer {
  const header = frame.readInt32BE(4) & 0xff_ffff;
  const body = frame.length - 8 - header;
  const changed = Buffer.concat([frame.subarray(0, 8), rest]);
  changed.writeInt32BE(changed.length - 4, 0);
  changed.writeInt32BE(((frame[4] ?? 0) << 24) | Math.max(0, rest.length - body), 4);
  return changed;
}

/** One connection that sends a few inputs in pieces of any size, and then ends in one way or another. */
async function attack(server: FaultServer, random: Random): Promise<void> {
  const webSocket = random.next() < 0.3;
  const peer = await (webSocket ? RawPeer.webSocket(server) : RawPeer.connect(server));
  const inputs = Array.from({ length: 1 + randomInt(random, 12) }, () => {
    const mutate = MUTATIONS[randomInt(random, MUTATIONS.length)]!;
    return mutate(GOLDEN[randomInt(random, GOLDEN.length)]!, random);
  });
  const bytes = Buffer.concat(inputs);
  for (let at = 0; at < bytes.length && peer.open;) {
    const size = 1 + randomInt(random, random.next() < 0.5 ? 20 : 4000);
    const piece = bytes.subarray(at, at + size);
    const opcode = random.next() < 0.98 ? Opcode.BINARY : randomInt(random, 16);
    peer.send(webSocket ? webSocketFrame(opcode, piece) : piece);
    at += size;
  }
  if (random.next() < 0.3) await new Promise((resolve) => setTimeout(resolve, 5));
  if (random.next() < 0.3) peer.socket.end();
  else if (random.next() < 0.5) peer.socket.resetAndDestroy();
  else peer.destroy();
  await peer.ended;
}

it.each([1, 2, 3])(
  'whatever comes over the port, in whatever pieces, disturbs nobody (seed %d)',
  async (seed) => {
    // Deep enough that a name that leads out of it stays within what is deleted after the test.
    const server = await FaultServer.start({ storeDir: join(temporaryDirectory(), 'a', 'b', 'c', 'd', 'store') });
    await undisturbed(server, async () => {
      for (let number = 0; number < ATTACKS; number += AT_A_TIME) {
        // Each has a chance of its own, so that it is the same however they take turns.
        const randoms = Array.from({ length: AT_A_TIME }, (_, index) => seededRandom(seed * 1e6 + number + index));
        await Promise.all(randoms.map((random) => attack(server, random)));
      }
      await until(async () => (await server.connections()) === 2);
    });
    // Nothing that came was a surprise to any processor.
    expect(server.log.filter(({ level }) => level === 'error')).toEqual([]);
  },
  60_000,
);
