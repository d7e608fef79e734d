import { createServer } from 'node:net';

/** Below the range from which Linux takes ports for outgoing connections. */
const lowest = 20_000;
const highest = 32_000;
const tries = 200;

/** The first of `count` neighbouring ports of the loopback that nobody uses now. */
export async function freePorts(count: number): Promise<number> {
  for (let i = 0; i < tries; i++) {
    const first = lowest + Math.floor(Math.random() * (highest - lowest - count));
    const ports = Array.from({ length: count }, (_, offset) => first + offset);
    const free = await Promise.all(ports.map(isFree));
    if (free.every(Boolean)) {
      return first;
    }
  }
  throw new Error(`no ${count} free ports in a row after ${tries} tries`);
}

function isFree(port: number): Promise<boolean> {
  return new Promise((resolve) => {
    const server = createServer();
    server.once('error', () => resolve(false));
    server.listen(port, '127.0.0.1', () => server.close(() => resolve(true)));
  });
}
