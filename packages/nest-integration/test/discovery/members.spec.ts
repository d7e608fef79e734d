import { Injectable } from '@nestjs/common';
import { Consumer, type Delivery, OnMessage, OnStream, Producer, Send, type Sender, SendTo } from '@cometmq/sdk';
import { map, NEVER, type Observable, tap } from 'rxjs';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { RocketMQRegistry } from '../../src/index.js';
import { startApp } from '../test-app.js';
import { Billing } from './circular/billing.js';
import { Shipping } from './circular/shipping.js';
import { IMPATIENT, startCluster, type TestCluster, until } from '../test-cluster.js';

let cluster: TestCluster;
beforeAll(async () => {
  cluster = await startCluster();
  await cluster.createTopic('mb-orders', 'mb-clicks', 'mb-circular');
});
afterAll(() => cluster.close());

@Producer({ group: 'mb', topic: 'mb-orders' })
class Events {
  // Defined on the instance by its constructor, as the compiler's useDefineForClassFields wants it.
  @Send<{ id: string }>({ tags: 'created', keys: (order) => order.id }) readonly created!: Sender<{ id: string }>;
  @Producer({ group: 'mb-own' }) readonly producer!: Producer;
  @SendTo('mb-orders', { tags: 'method' }) async report(id: string) {
    return { id };
  }
}

describe('members', () => {
  it('are assigned on the instance, which has fields of their names', async () => {
    expect(Object.hasOwn(new Events(), 'created')).toBe(true);
    await using started = await startApp(cluster, { providers: [Events] });
    const events = started.app.get(Events);
    await events.created({ id: '1' });
    await events.producer.send('mb-orders', { id: '2' }, { tags: 'own' });
    await events.report('3');
    const sent = await cluster.stored<{ id: string }>('mb-orders', 3);
    expect(sent.map(({ tags, keys, body }) => `${tags} ${keys.join()} ${body.id}`)).toEqual([
      'created 1 1',
      'own  2',
      'method  3',
    ]);
  });

  it('of a class that another one is injected into, in a circle of modules of ESM', async () => {
    await using started = await startApp(cluster, { providers: [Billing, Shipping] });
    await cluster.send('mb-circular', { id: '7' }, { tags: 'billing' });
    const shipping = started.app.get(Shipping);
    await until(() => shipping.shipped.length === 1);
    expect(shipping.shipped).toEqual(['7 billed by Billing']);
  });
});

describe('@OnStream', () => {
  it('gets no more than maxInFlight deliveries until they are settled, and gives them back', async () => {
    const open: Delivery<number>[] = [];
    let mode: 'hold' | 'ack' = 'hold';
    const done: number[] = [];
    @Consumer({ group: 'mb-clicks', consumeFrom: 'first' })
    class Clicks {
      @OnStream({ topic: 'mb-clicks', maxInFlight: 3 }) on(deliveries: Observable<Delivery<number>>) {
        return deliveries.pipe(
          tap((delivery) => {
            if (mode === 'hold') open.push(delivery);
            else {
              done.push(delivery.message.body);
              delivery.ack();
            }
          }),
          map(() => NEVER),
        );
      }
    }
    for (let n = 0; n < 10; n += 1) await cluster.send('mb-clicks', n);
    await using started = await startApp(cluster, { providers: [Clicks], rocketmq: { shutdownTimeoutMs: 50 } });
    await until(() => open.length === 3);
    await new Promise((resolve) => setTimeout(resolve, 50));
    expect(open.map(({ message }) => message.body)).toEqual([0, 1, 2]);
    open.shift()!.ack();
    await until(() => open.length === 3);
    expect(started.app.get(RocketMQRegistry).groups()).toEqual(['mb-clicks']);
    await started.app.close();
    // What nobody settled comes again, what was acknowledged does not.
    mode = 'ack';
    await using _again = await startApp(cluster, { providers: [Clicks] });
    await until(() => done.length === 9);
    expect(done.toSorted()).toEqual([1, 2, 3, 4, 5, 6, 7, 8, 9]);
  });

  it('is called once, plainly: with its consumer, not with a message', async () => {
    await cluster.createTopic('mb-plain');
    @Injectable()
    @Consumer({ group: 'mb-plain', topic: 'mb-plain', ...IMPATIENT })
    class Plain {
      calls = 0;
      readonly seen: unknown[] = [];
      @OnStream() on(deliveries: Observable<Delivery>) {
        this.calls += 1;
        return deliveries.pipe(
          map((delivery) => {
            this.seen.push(delivery.message.body);
            delivery.ack();
          }),
        );
      }
      @OnMessage('mb-orders') other() {}
    }
    await using started = await startApp(cluster, { providers: [Plain] });
    await cluster.send('mb-plain', 1);
    await cluster.send('mb-plain', 2);
    const plain = started.app.get(Plain);
    await until(() => plain.seen.length === 2);
    expect(plain.calls).toBe(1);
  });
});
