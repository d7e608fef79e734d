import { createServer } from 'node:net';

/** What an acknowledgement takes on the wire, more or less. */
const answer = Buffer.alloc(200);
answer.writeUInt32BE(answer.length - 4);

/** Answers every frame (length, then as many bytes) with one of 200 bytes. */
createServer({ noDelay: true }, (socket) => {
  let missing = 0;
  socket.on('error', () => socket.destroy());
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
      if (missing === 0) socket.write(answer);
    }
  });
}).listen(Number(process.argv[2]), '127.0.0.1');
