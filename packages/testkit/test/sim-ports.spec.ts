import { every, seededRandom, sleep, VirtualClock } from '@cometmq/runtime';
import { describe, expect, it } from 'vitest';
import { SimDisk } from '../src/sim-disk.js';
import { SimNetwork } from '../src/sim-network.js';
import { simHost } from '../src/sim-ports.js';
import { ChannelRecorder } from './channel-recorder.js';

function setUp() {
  const clock = new VirtualClock();
  const random = seededRandom(1);
  const network = new SimNetwork({ clock, random });
  const disk = new SimDisk({ clock, random });
  const start = () => simHost({ name: '10.0.0.1', clock, random, network, disk });
  return { clock, network, random, start };
}

describe('simHost', () => {
  it('has all the ports, and dials over the simulated network whatever an address says', async () => {
    const { clock, network, random, start } = setUp();
    const broker = start();
    const servers: ChannelRecorder[] = [];
    const accept = (channel: ChannelRecorder['channel']) => void servers.push(new ChannelRecorder(channel));
    const { address } = await broker.acceptor.listen({ host: '0.0.0.0', port: 10911 }, { accept });
    const client = simHost({ name: '10.0.0.2', clock, random, network });
    for (const dialer of Object.values(client.dialers)) {
      const channel = await dialer.connect({ host: '10.0.0.1', port: address.port }, { timeoutMs: 100 });
      channel.send(Uint8Array.of(1));
    }
    await clock.settle();
    expect(servers.map(({ bytes }) => bytes)).toEqual([1, 1, 1]);
    expect(client.codecs.crc32(Buffer.from('123456789'))).toBe(0xcbf43926);
    client.disk.writeFileSync('/x', Uint8Array.of(1));
    expect(broker.disk.readFileSync('/x')).toBeUndefined();
  });

  it('does nothing any more after a crash, and starts again on its disk', async () => {
    const { clock, start } = setUp();
    const first = start();
    let rounds = 0;
    let slept = false;
    every(first.clock, 10, () => void rounds++, { onError: () => {} });
    void sleep(first.clock, 50).then(() => (slept = true));
    first.disk.writeFileSync('/log', Buffer.from('written'));
    await clock.advance(25);
    first.clock.afterTurn(() => (slept = true));
    first.crash('process');
    await clock.advance(1_000);
    expect([rounds, slept]).toEqual([2, false]);
    expect(() => first.disk.readFileSync('/log')).toThrow('crashed');
    const second = start();
    expect(Buffer.from(second.disk.readFileSync('/log')!).toString()).toBe('written');
    expect([second.clock.now() - clock.now(), second.clock.monotonic()]).toEqual([0, clock.monotonic()]);
  });

  it('leaves no timer behind when it crashes', async () => {
    const { clock, start } = setUp();
    const host = start();
    let rung = 0;
    const ring = () => void rung++;
    host.clock.schedule(10, ring);
    host.clock.schedule(20, ring).cancel();
    host.clock.schedule(30, ring);
    expect(clock.pendingTimers).toBe(2);
    await clock.advance(10);
    host.crash('process');
    host.clock.schedule(10, ring).cancel();
    expect(clock.pendingTimers).toBe(0);
    await clock.advance(100);
    expect(rung).toBe(1);
  });
});
