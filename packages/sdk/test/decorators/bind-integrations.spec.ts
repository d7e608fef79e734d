import type { Subject } from 'rxjs';
import { describe, expect, it } from 'vitest';
import type { Delivery } from '../../src/consumer/delivery.js';
import { bindInstances } from '../../src/decorators/bind.js';
import { Consumer, OnMessage, OnStream } from '../../src/decorators/consumer.js';
import { Producer, Send, type Sender } from '../../src/decorators/producer.js';
import { fakeTarget } from './fake-bind-target.js';

describe('members', () => {
  it('belong to the client they name, where an integration has several', async () => {
    @Producer({ group: 'p', topic: 'orders', client: 'other' })
    class Mixed {
      @Send() readonly out!: Sender<number>;
      @Producer({ client: 'other' }) readonly there!: Producer;
      @Producer() readonly here!: Producer;
    }
    const [own, other] = [fakeTarget(), fakeTarget()];
    const mixed = new Mixed();
    const asked: string[] = [];
    const client = (name: string) => {
      asked.push(name);
      return other.target;
    };
    const binding = await bindInstances(own.target, [mixed], { client });
    await mixed.out(1);
    await mixed.there.send('t', 2);
    await mixed.here.send('t', 3);
    expect(other.sent.map(({ message: [first, second] }) => second ?? first)).toEqual([
      { topic: 'orders', body: 1 },
      2,
    ]);
    expect(own.sent).toHaveLength(1);
    expect(new Set(asked)).toEqual(new Set(['other']));
    await binding.close();
    expect(other.closedProducers).toHaveLength(2);
  });
});

describe('consumers', () => {
  it('that an integration starts itself are told apart, and start one by one and once', async () => {
    @Consumer({ group: 'g', topic: 'a' })
    class Now {
      @OnMessage() a() {}
    }
    @Consumer({ group: 'h', autoStart: false })
    class Later {
      @OnStream('clicks') clicks(deliveries: Subject<Delivery>) {
        return deliveries;
      }
    }
    const { target, consumers } = fakeTarget();
    const binding = await bindInstances(target, [new Now(), new Later()], { start: false });
    expect(consumers.map(({ state }) => state)).toEqual(['new', 'new']);
    expect(binding.bound.map(({ group, autoStart }) => [group, autoStart])).toEqual([
      ['g', true],
      ['h', false],
    ]);
    const [now, later] = binding.bound;
    await now!.start();
    expect(consumers.map(({ state }) => state)).toEqual(['started', 'new']);
    await Promise.all([later!.start(), later!.start()]);
    await binding.start();
    expect(consumers[1]!.streams).toHaveLength(1);
    await binding.close();
  });

  it('whose start failed may be started again', async () => {
    @Consumer({ group: 'g', topic: 'a' })
    class Now {
      @OnMessage() a() {}
    }
    const behaviour: { failStart?: string } = { failStart: 'g' };
    const { target, consumers } = fakeTarget(behaviour);
    const { bound } = await bindInstances(target, [new Now()], { start: false });
    await expect(bound[0]!.start()).rejects.toThrow('no route');
    delete behaviour.failStart;
    await bound[0]!.start();
    expect(consumers[0]!.state).toBe('started');
  });
});
