/*
 * Echo of 1 KiB over loopback: requests per second with 256 (and 1) on the way, over TCP and WebSocket, server and client
 * in one process and in two. The peer is what sockets alone can do: frames with a length in front, sent back as they come.
 * Needs built packages: npx tsc -b packages/remoting && node benchmarks/micro/remoting-echo.mjs [seconds per figure]
 * One figure alone, for a profile: node --cpu-prof benchmarks/micro/remoting-echo.mjs 3 tcp-one-256
 */
import { defineRequest, int32 } from '@cometmq/protocol';
import { processor, RemotingClient, RemotingServer } from '@cometmq/remoting';
import { silentLogger } from '@cometmq/runtime';
import { nodePorts } from '@cometmq/runtime/node';
import { fork } from 'node:child_process';
import { once } from 'node:events';
import { connect, createServer } from 'node:net';

const seconds = Number(process.argv[2] ?? 2);
const only = process.argv[3];
const body = new Uint8Array(1024).fill(65);
const echo = defineRequest({
  code: 9001,
  name: 'BENCHMARK_ECHO',
  request: { number: int32() },
  response: { number: int32() },
});
const ports = nodePorts({ logger: silentLogger });

async function startServer() {
  const echoes = processor(echo, (request) => ({ code: 0, header: request.header, body: request.body }));
  const server = new RemotingServer({ processors: [echoes] }, ports);
  const accept = (channel) => server.accept(channel);
  const listener = await ports.acceptor.listen({ host: '127.0.0.1', port: 0 }, { accept });
  return { port: listener.address.port, close: () => listener.close().then(() => server.close()) };
}

/** Counts per second, and per second of this process on a CPU: the figure that a busy machine does not spoil. */
function startMeter() {
  const [start, cpu] = [process.hrtime.bigint(), process.cpuUsage()];
  return (count) => {
    const { user, system } = process.cpuUsage(cpu);
    return { rate: count / (Number(process.hrtime.bigint() - start) / 1e9), perCpu: count / ((user + system) / 1e6) };
  };
}

/** Keeps `depth` requests on the way; returns how many were answered in a second. */
async function ask(address, depth) {
  const client = new RemotingClient({}, ports);
  await client.connect(address);
  let answered = 0;
  let running = true;
  const lane = async () => {
    while (running) {
      const { header } = await client.invoke(address, echo, { number: answered & 0xffff }, { body });
      if (header === undefined) throw new Error('no header');
      answered++;
    }
  };
  const lanes = Array.from({ length: depth }, lane);
  const wait = (ms) => new Promise((resolve) => setTimeout(resolve, ms));
  await wait(500);
  const meter = startMeter();
  const from = answered;
  await wait(seconds * 1000);
  const figures = meter(answered - from);
  running = false;
  await Promise.all(lanes);
  await client.close();
  return figures;
}

/** Bare sockets: the same bytes and depth, no protocol but a length. */
async function bare(port, depth) {
  const frame = Buffer.alloc(1024 + 150);
  frame.writeInt32BE(frame.length, 0);
  const socket = connect({ port, host: '127.0.0.1', noDelay: true });
  await once(socket, 'connect');
  let bytes = 0;
  let pending = 0;
  socket.on('data', (chunk) => {
    bytes += chunk.length;
    pending += chunk.length;
    const whole = Math.floor(pending / frame.length);
    pending -= whole * frame.length;
    if (whole > 0) socket.write(Buffer.concat(Array.from({ length: whole }, () => frame)));
  });
  for (let index = 0; index < depth; index++) socket.write(frame);
  const meter = startMeter();
  await new Promise((resolve) => setTimeout(resolve, seconds * 1000));
  const figures = meter(bytes / frame.length);
  socket.destroy();
  return figures;
}

async function startBare() {
  const server = createServer({ noDelay: true }, (socket) =>
    socket.on('data', (chunk) => socket.write(chunk)).on('error', () => {}),
  );
  server.listen(0, '127.0.0.1');
  await once(server, 'listening');
  return { port: server.address().port, close: () => server.close() };
}

const thousands = (rate) => `${(rate / 1000).toFixed(1)}k`.padStart(8);

if (process.argv[2] === 'serve') {
  const [remoting, plain] = [await startServer(), await startBare()];
  process.send({ remoting: remoting.port, bare: plain.port });
} else {
  const child = fork(new URL(import.meta.url), ['serve'], { execArgv: [] });
  const [two] = await once(child, 'message');
  const [server, plain] = [await startServer(), await startBare()];
  const where = { one: { remoting: server.port, bare: plain.port }, two };
  for (const processes of ['one', 'two']) {
    for (const depth of [256, 1]) {
      const peer = only === undefined ? await bare(where[processes].bare, depth) : undefined;
      for (const kind of ['tcp', 'ws']) {
        const name = `${kind}-${processes}-${depth}`;
        if (only !== undefined && only !== name) continue;
        const { rate, perCpu } = await ask(`${kind}://127.0.0.1:${where[processes].remoting}`, depth);
        const own = `${thousands(rate)} requests/s ${thousands(perCpu)} per CPU second`;
        const ratio =
          peer &&
          `   ${(perCpu / peer.perCpu).toFixed(2)} of bare sockets (${thousands(peer.rate)}, ${thousands(peer.perCpu)})`;
        process.stdout.write(`${name.padEnd(14)}${own}${ratio ?? ''}\n`);
      }
    }
  }
  child.kill();
  await server.close();
  plain.close();
}
