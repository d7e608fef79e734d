import { Injectable } from '@nestjs/common';
import { Consumer, OnMessage, Producer, RocketMQ, Send, type Sender } from '@cometmq/sdk';
import { createServer, type Server } from 'node:net';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { RocketMQModule, RocketMQRegistry } from '../../src/index.js';
import { startApp } from '../test-app.js';
import { IMPATIENT, startCluster, type TestCluster, until } from '../test-cluster.js';

let cluster: TestCluster;
beforeAll(async () => {
  cluster = await startCluster();
  await cluster.createTopic('st-orders', 'st-other');
});
afterAll(() => cluster.close());

@Producer({ topic: 'st-orders' })
class Events {
  @Send() readonly out!: Sender<string>;
}

@Consumer({ group: 'st', topic: 'st-orders', ...IMPATIENT })
class Orders {
  readonly seen: unknown[] = [];
  @OnMessage() on(body: unknown) {
    this.seen.push(body);
  }
}

describe('the start', () => {
  it('has senders ready in onModuleInit, and consumers only when every onModuleInit is over', async () => {
    const steps: string[] = [];
    @Injectable()
    class Warm {
      constructor(
        readonly events: Events,
        readonly orders: Orders,
      ) {}
      async onModuleInit() {
        await this.events.out('early');
        await new Promise((resolve) => setTimeout(resolve, 50));
        steps.push(`seen ${this.orders.seen.length}`);
      }
    }
    await using started = await startApp(cluster, { providers: [Events, Orders, Warm] });
    await until(() => started.app.get(Orders).seen.length === 1);
    expect(steps).toEqual(['seen 0']);
  });

  it('fails without a name server, says whom it asked, and leaves nothing open', async () => {
    const namesrv = await freeAddress();
    const failed = startApp(cluster, { rocketmq: { namesrv, requestTimeoutMs: 500 }, providers: [Orders] });
    await expect(failed).rejects.toMatchObject({
      code: 'NO_NAMESRV',
      message: expect.stringContaining(namesrv) as string,
    });
  });

  it('does not wait for one when told so, and connects when it is there', async () => {
    const hidden = await tunnel(cluster.namesrv);
    await hidden.shut();
    await using started = await startApp(cluster, {
      rocketmq: { namesrv: hidden.address, requestTimeoutMs: 300, waitForConnection: false },
      providers: [Orders],
    });
    const registry = started.app.get(RocketMQRegistry);
    expect(registry.client().instance.status.value.state).not.toBe('connected');
    await until(() => started.log.find('cannot connect yet, trying again') !== undefined);
    await hidden.open();
    await cluster.send('st-orders', 'late');
    await until(() => started.app.get(Orders).seen.includes('late'));
    await hidden.shut();
  });

  it('that does not wait ends with the application, connected or not', async () => {
    const rocketmq = { namesrv: await freeAddress(), requestTimeoutMs: 300, waitForConnection: false };
    const { app, log } = await startApp(cluster, { rocketmq, providers: [Orders] });
    await until(() => log.find('cannot connect yet') !== undefined);
    await app.close();
  });

  it('that a constructor breaks has opened nothing', async () => {
    const clients: RocketMQ[] = [];
    @Injectable()
    class Broken {
      constructor(mq: RocketMQ) {
        clients.push(mq);
        throw new Error('no license');
      }
    }
    await expect(startApp(cluster, { providers: [Orders, Broken] })).rejects.toThrow('no license');
    expect(clients[0]!.instance.state).toBe('new');
  });

  it('that a consumer breaks closes the clients', async () => {
    @Consumer({ group: 'st-broken', topic: 'not a topic!' })
    class Broken {
      @OnMessage() on() {}
    }
    const clients: RocketMQ[] = [];
    @Injectable()
    class Spy {
      constructor(mq: RocketMQ) {
        clients.push(mq);
      }
    }
    const failed = startApp(cluster, {
      providers: [Orders, Broken, Spy],
      imports: [RocketMQModule.forRoot({ name: 'second', namesrv: cluster.namesrv })],
    });
    await expect(failed).rejects.toThrow(/topic/);
    expect(clients[0]!.instance.state).toBe('closed');
  });
});

async function freeAddress(): Promise<string> {
  const server = createServer();
  await listen(server, 0);
  const { port } = server.address() as { port: number };
  await new Promise((resolve) => server.close(resolve));
  return `127.0.0.1:${port}`;
}

const listen = (server: Server, port: number) =>
  new Promise<void>((resolve) => void server.listen(port, '127.0.0.1', resolve));

/** A port that leads to another one whenever it is open. */
async function tunnel(to: string) {
  const { connect } = await import('node:net');
  const [host, port] = to.split(':');
  const sockets = new Set<{ destroy(): void }>();
  const server = createServer((near) => {
    const far = connect(Number(port), host);
    for (const socket of [near, far]) {
      sockets.add(socket);
      socket
        .on('error', () => {})
        .on('close', () => {
          near.destroy();
          far.destroy();
        });
    }
    near.pipe(far).pipe(near);
  });
  await listen(server, 0);
  const { port: own } = server.address() as { port: number };
  return {
    address: `127.0.0.1:${own}`,
    open: () => listen(server, own),
    async shut() {
      const closed = new Promise((resolve) => server.close(resolve));
      for (const socket of sockets) socket.destroy();
      await closed;
    },
  };
}
