import { type ChannelHandler, createMeter, createPipe } from '@cometmq/runtime';
import { describe, expect, it } from 'vitest';
import { Connection } from '../../src/connection/connection.js';
import { processor } from '../../src/server/processor.js';
import { RemotingServer } from '../../src/server/remoting-server.js';
import { DeadChannel, echo, echoProcessor, noEvents, ports, serverAndConnection, silence } from '../harness.js';

describe('connections', () => {
  it('are bounded: the next one is dropped, with one log line for many', async () => {
    const { clock, logger } = ports();
    const server = new RemotingServer({ processors: [echoProcessor], maxConnections: 3 }, { clock, logger });
    const clients = Array.from({ length: 10 }, () => {
      const [near, far] = createPipe(clock);
      server.accept(far);
      return new Connection(near, noEvents, { clock, logger });
    });
    await clock.settle();
    expect(clients.filter(({ open }) => open)).toHaveLength(3);
    expect(server.refusedConnections).toBe(7);
    expect(logger.lines.filter(({ message }) => message.includes('too many connections'))).toHaveLength(1);
    clients[0]!.close();
    await clock.settle();
    const [near, far] = createPipe(clock);
    server.accept(far);
    const late = new Connection(near, noEvents, { clock, logger });
    const answer = late.request(echo, { number: 1 });
    await clock.settle();
    expect((await answer).code).toBe(0);
  });

  it('that are idle cost no timer, and are closed after the idle timeout', async () => {
    const { clock, logger } = ports();
    const server = new RemotingServer({ processors: [echoProcessor] }, { clock, logger });
    await server.start();
    const timers = clock.pendingTimers;
    const count = 10_000;
    for (let index = 0; index < count; index++) {
      const [near, far] = createPipe(clock);
      near.attach({ data() {}, drained() {}, closed() {} });
      server.accept(far);
    }
    await clock.settle();
    expect(server.connections.size).toBe(count);
    expect(clock.pendingTimers).toBe(timers);
    await clock.advance(119_000);
    expect(server.connections.size).toBe(count);
    await clock.advance(12_000);
    expect(server.connections.size).toBe(0);
    await server.close();
    expect(clock.pendingTimers).toBe(0);
  });

  it('with traffic in either direction are not idle', async () => {
    const { client, server, clock } = serverAndConnection({ idleTimeoutMs: 60_000 });
    await server.start();
    for (let round = 0; round < 5; round++) {
      await clock.advance(45_000);
      client.oneway(silence, {});
    }
    expect(server.connections.size).toBe(1);
    await server.close();
  });
});

describe('closing', () => {
  it('waits for requests in progress, tells newer clients to go away, then ends all connections', async () => {
    let finish: () => void = () => {};
    const slow = processor(silence, () => new Promise((resolve) => (finish = () => resolve({ code: 0 }))));
    const { client, server, clock } = serverAndConnection({ processors: [slow, echoProcessor] });
    const held = client.request(silence, {});
    await clock.settle();
    const closing = server.close();
    const refused = client.request(echo, { number: 1 });
    await clock.advance(100);
    expect(await refused).toMatchObject({ code: 1500, remark: 'please go away' });
    expect(client.open).toBe(true);
    finish();
    await clock.advance(100);
    await closing;
    expect((await held).code).toBe(0);
    await clock.settle();
    expect(client.open).toBe(false);
    await server.close();
  });

  it('does not wait for parked requests nor longer than the drain timeout', async () => {
    const parked = processor(silence, (request) => {
      request.park();
      return new Promise<undefined>(() => {});
    });
    const one = serverAndConnection({ processors: [parked] });
    void one.client.request(silence, {}).catch(() => {});
    await one.clock.settle();
    await one.server.close();

    const stuck = processor(silence, () => new Promise<undefined>(() => {}));
    const two = serverAndConnection({ processors: [stuck], drainTimeoutMs: 1000 });
    void two.client.request(silence, {}).catch(() => {});
    await two.clock.settle();
    const closing = two.server.close();
    await two.clock.advance(1100);
    await closing;
    expect(two.server.connections.size).toBe(0);
  });

  it('lasts until channels have ended, so that last answers arrive, but not for ever', async () => {
    class HeldChannel extends DeadChannel {
      handler: ChannelHandler | undefined;
      override attach(handler: ChannelHandler): void {
        this.handler = handler;
      }
    }
    const { server, clock } = serverAndConnection();
    const channels = [new HeldChannel(), new HeldChannel()];
    for (const channel of channels) server.accept(channel);
    let closed = false;
    const closing = server.close().then(() => (closed = true));
    await clock.advance(500);
    expect(channels.map(({ state }) => state)).toEqual(['closed', 'closed']);
    channels[0]!.handler!.closed();
    await clock.settle();
    expect(closed).toBe(false);
    channels[1]!.handler!.closed();
    await clock.settle();
    expect(closed).toBe(true);
    await closing;

    const other = serverAndConnection();
    other.server.accept(new HeldChannel());
    const ended = other.server.close();
    await other.clock.advance(1000);
    await ended;
  });

  it('drops channels that come afterwards', async () => {
    const { server, clock, logger } = serverAndConnection();
    await server.close();
    const [near, far] = createPipe(clock);
    server.accept(far);
    const late = new Connection(near, noEvents, { clock, logger });
    await clock.settle();
    expect(late.open).toBe(false);
  });
});

it('has gauges for connections, work and refusals', async () => {
  const { clock, logger } = ports();
  const meter = createMeter();
  const stuck = processor(silence, () => new Promise<undefined>(() => {}));
  const server = new RemotingServer(
    {
      name: 'broker',
      processors: [stuck],
      admission: { families: [{ name: 'held', codes: [silence.code], maxRequests: 1 }] },
    },
    { clock, logger, meter },
  );
  const [near, far] = createPipe(clock);
  server.accept(far);
  const client = new Connection(near, noEvents, { clock, logger });
  for (let call = 0; call < 3; call++) void client.request(silence, {}).catch(() => {});
  await clock.settle();
  const samples = meter.gauges.flatMap((gauge) =>
    [...gauge.read()].map(({ labels, value }) => [gauge.name, labels, value]),
  );
  expect(samples).toContainEqual(['rocketmq_remoting_connections', { server: 'broker', kind: 'memory' }, 1]);
  expect(samples).toContainEqual(['rocketmq_remoting_requests_working', { server: 'broker', family: 'held' }, 1]);
  expect(samples).toContainEqual([
    'rocketmq_remoting_requests_rejected_total',
    { server: 'broker', family: 'held' },
    2,
  ]);
  expect(samples).toContainEqual(['rocketmq_remoting_buffered_bytes', { server: 'broker' }, 0]);
  client.close();
});
