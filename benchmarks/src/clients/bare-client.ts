import { once } from 'node:events';
import { connect } from 'node:net';
import type { LoadClient } from './load-client.js';

/** What a request takes on the wire beside its body, more or less. */
const headerBytes = 300;

/** Frames over a socket and nothing else. */
export async function openBare(address: string): Promise<LoadClient> {
  const { hostname, port } = new URL(`tcp://${address}`);
  const socket = connect({ host: hostname, port: Number(port), noDelay: true });
  await once(socket, 'connect');
  const waiting: (() => void)[] = [];
  let missing = 0;
  socket.on('data', (chunk) => {
    let at = 0;
    while (at < chunk.length) {
      if (missing === 0) {
        missing = chunk.readUInt32BE(at);
        at += 4;
      }
      const taken = Math.min(missing, chunk.length - at);
      missing -= taken;
      at += taken;
      if (missing === 0) waiting.shift()?.();
    }
  });
  return {
    prepare: () => Promise.resolve(),
    send: (_, body) =>
      new Promise<void>((resolve) => {
        waiting.push(resolve);
        const frame = Buffer.allocUnsafe(4 + headerBytes + body.length);
        frame.writeUInt32BE(frame.length - 4);
        body.copy(frame, 4 + headerBytes);
        socket.write(frame);
      }),
    sendBatch: () => Promise.reject(new Error('the bare round trip knows no batches')),
    discard: () => Promise.resolve(),
    consume: () => Promise.reject(new Error('the bare round trip knows no consumers')),
  };
}
