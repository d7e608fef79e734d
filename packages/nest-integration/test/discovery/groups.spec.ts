import { Controller, Post } from '@nestjs/common';
import { Consumer, OnDeadLetter, OnMessage, RocketMQ } from '@cometmq/sdk';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { RocketMQRegistry } from '../../src/index.js';
import { startApp } from '../test-app.js';
import { IMPATIENT, startCluster, type TestCluster, until } from '../test-cluster.js';

let cluster: TestCluster;
beforeAll(async () => {
  cluster = await startCluster();
  await cluster.createTopic('g-orders', 'g-payments', 'g-manual', 'g-off');
});
afterAll(() => cluster.close());

const seen: string[] = [];

@Consumer({ group: 'g-merged', topic: 'g-orders', ...IMPATIENT })
class Created {
  @OnMessage({ filter: { tags: 'created' } }) on(body: string) {
    seen.push(`created ${body}`);
  }
}
@Consumer({ group: 'g-merged', topic: 'g-orders' })
class Paid {
  @OnMessage({ filter: { tags: ['paid', 'refunded'] } }) on(body: string) {
    seen.push(`paid ${body}`);
  }
  @OnMessage('g-payments') payment(body: string) {
    seen.push(`payment ${body}`);
  }
}

describe('classes of one group', () => {
  it('share one consumer that takes what all of them want', async () => {
    await using started = await startApp(cluster, { providers: [Created, Paid] });
    await cluster.send('g-orders', '1', { tags: 'created' });
    await cluster.send('g-orders', '2', { tags: 'refunded' });
    await cluster.send('g-orders', '3', { tags: 'nobody' });
    await cluster.send('g-orders', '4', { tags: 'paid' });
    await cluster.send('g-payments', '5');
    await until(() => seen.length === 4);
    expect(seen.toSorted()).toEqual(['created 1', 'paid 2', 'paid 4', 'payment 5']);
    expect(started.app.get(RocketMQRegistry).groups()).toEqual(['g-merged']);
  });

  it('with conflicting options keep the application from starting, and both are named', async () => {
    @Consumer({ group: 'g-merged', topic: 'g-payments', mode: 'concurrent' })
    class Concurrent {
      @OnMessage() on() {}
    }
    await expect(startApp(cluster, { providers: [Created, Concurrent] })).rejects.toThrow(
      /consumers of group g-merged disagree about mode: Created says "orderly", Concurrent says "concurrent"; a group has one setting, make them equal/,
    );
    @Consumer({ group: 'g-merged', topic: 'g-orders' })
    class Greedy {
      @OnMessage({ filter: { tags: 'paid' } }) on() {}
    }
    await expect(startApp(cluster, { providers: [Created, Paid, Greedy] })).rejects.toThrow(
      /Paid\.on and Greedy\.on of group g-merged overlap on topic g-orders: both take tag paid/,
    );
  });
});

@Consumer({ group: 'g-off', topic: 'g-off', ...IMPATIENT })
class Off {
  readonly seen: unknown[] = [];
  @OnMessage() on(body: unknown) {
    this.seen.push(body);
  }
}

describe('the configuration', () => {
  it('wins over decorators, which win over defaults', async () => {
    await using started = await startApp(cluster, {
      providers: [Off, Created],
      rocketmq: {
        consumerDefaults: { concurrency: 3, maxReconsumeTimes: 7, mode: 'concurrent' },
        consumers: { 'g-merged': { enabled: false }, 'g-off': { concurrency: 9 }, 'g-of': { concurrency: 1 } },
      },
    });
    const client = started.app.get(RocketMQ);
    const [member] = client.instance.members.consumers;
    const { settings } = member as unknown as { readonly settings: unknown };
    expect(started.app.get(RocketMQRegistry).groups()).toEqual(['g-off']);
    expect(settings).toMatchObject({ concurrency: 9, maxReconsumeTimes: 7, mode: 'orderly' });
    expect(started.log.find("names group 'g-of'")).toMatch(/which no @Consumer has \(there is .*g-off/);
  });

  it('keeps a process from consuming at all; it still sends', async () => {
    @Controller()
    class Api {
      @Post() nothing() {}
    }
    await using started = await startApp(cluster, {
      providers: [Off],
      controllers: [Api],
      rocketmq: { registerConsumers: false },
    });
    expect(started.app.get(RocketMQRegistry).groups()).toEqual([]);
    expect((await started.app.get(RocketMQ).health()).consumers).toEqual([]);
  });
});

describe('the registry', () => {
  @Consumer({ group: 'g-manual', topic: 'g-manual', ...IMPATIENT, autoStart: false })
  class Manual {
    readonly seen: unknown[] = [];
    @OnMessage() on(body: unknown) {
      this.seen.push(body);
    }
    @OnDeadLetter() dead() {}
  }

  it('starts, suspends and resumes a group', async () => {
    await using started = await startApp(cluster, { providers: [Manual] });
    const registry = started.app.get(RocketMQRegistry);
    const { seen: got } = started.app.get(Manual);
    expect(registry.groups()).toEqual(['g-manual', 'g-manual_dlq']);
    expect(registry.requiredGroups()).toEqual([]);
    await cluster.send('g-manual', 1);
    expect((await started.app.get(RocketMQ).health()).consumers).toEqual([]);
    await registry.start('g-manual');
    await registry.start('g-manual');
    await until(() => got.length === 1);
    registry.suspend('g-manual');
    registry.resume('g-manual');
    await cluster.send('g-manual', 2);
    await until(() => got.length === 2);
    expect(() => registry.suspend('g-of')).toThrow(
      /no consumer of group 'g-of' is registered in this process \(there is g-manual \(client 'default'\)/,
    );
  });
});
