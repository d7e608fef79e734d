import type { Subject } from 'rxjs';
import { describe, expect, it } from 'vitest';
import type { Delivery } from '../../src/consumer/delivery.js';
import type { MessageView } from '../../src/message/message-view.js';
import { bindInstances } from '../../src/decorators/bind.js';
import { Consumer, OnConsumerEvent, OnDeadLetter, OnMessage, OnStream, SendTo } from '../../src/decorators/consumer.js';
import { Producer, Send, type Sender } from '../../src/decorators/producer.js';
import { fakeTarget, message } from './fake-bind-target.js';
import { TransactionListener } from '../../src/decorators/transaction-listener.js';

describe('members', () => {
  @Producer({ group: 'p', topic: 'orders' })
  class Events {
    @Send<{ id: string; customer: string }>({
      tags: 'created',
      keys: (o) => o.id,
      shardingKey: (o) => o.customer,
      delay: (o) => (o.id === 'late' ? { level: 3 } : undefined),
    })
    readonly created!: Sender<{ id: string; customer: string }>;
    @Send<{ id: string }>({ topic: 'other' }) readonly other!: Sender<{ id: string }>;
    @Producer({ group: 'own' }) readonly producer!: Producer;
  }

  it('become senders with what the decorators say', async () => {
    const { target, sent, closedProducers } = fakeTarget();
    const events = new Events();
    const binding = await bindInstances(target, [events]);
    await events.created({ id: '1', customer: 'c' });
    await events.created({ id: 'late', customer: 'c' }, { timeoutMs: 5 });
    await events.other({ id: '2' });
    await events.producer.send('t', 1);
    expect(sent).toEqual([
      {
        group: 'p',
        message: [
          { topic: 'orders', body: { id: '1', customer: 'c' }, tags: 'created', keys: '1', shardingKey: 'c' },
          undefined,
        ],
      },
      {
        group: 'p',
        message: [
          {
            topic: 'orders',
            body: { id: 'late', customer: 'c' },
            tags: 'created',
            keys: 'late',
            shardingKey: 'c',
            delay: { level: 3 },
          },
          { timeoutMs: 5 },
        ],
      },
      { group: 'p', message: [{ topic: 'other', body: { id: '2' } }, undefined] },
      { group: 'own', message: ['t', 1] },
    ]);
    await expect(events.created(undefined as never)).rejects.toThrow(TypeError);
    await binding.close();
    expect(new Set(closedProducers)).toEqual(new Set(['own', 'p']));
  });

  it('need a topic', async () => {
    class NoTopic {
      @Send() readonly x!: Sender<unknown>;
    }
    await expect(bindInstances(fakeTarget().target, [new NoTopic()])).rejects.toThrow(/NoTopic\.x has no topic/);
  });

  it('with @SendTo send on what they return, also without a consumer', async () => {
    class Reports {
      @SendTo('daily') day() {
        return Promise.resolve({ n: 1 });
      }
      @SendTo('each') async *each() {
        yield 1;
        yield 2;
      }
    }
    const { target, sent } = fakeTarget();
    const reports = new Reports();
    await bindInstances(target, [reports]);
    expect(await reports.day()).toEqual({ n: 1 });
    await (reports.each() as unknown as Promise<unknown>);
    expect(sent.map((one) => one.message.slice(0, 2))).toEqual([
      ['daily', { n: 1 }],
      ['each', 1],
      ['each', 2],
    ]);
  });
});

describe('consumers', () => {
  it('of one group are one, with all handlers; dead letters have a group of their own', async () => {
    @Consumer({ group: 'g', topic: 'a', concurrency: 3 })
    class One {
      @OnMessage() a(body: unknown, of: MessageView, context: unknown) {
        return [body, of, context];
      }
      @OnDeadLetter() dead() {}
    }
    @Consumer({ group: 'g' })
    class Two {
      @OnMessage({ topic: 'b', filter: { tags: 'x' } }) b() {}
      @OnDeadLetter({ group: 'other' }) dead() {}
    }
    const { target, consumers } = fakeTarget();
    const binding = await bindInstances(target, [new One(), new Two()]);
    expect(consumers.map(({ options, handlers, state }) => [options, [...handlers.keys()], state])).toEqual([
      [{ group: 'g', concurrency: 3 }, ['{"topic":"a"}', '{"topic":"b","filter":{"tags":"x"}}'], 'started'],
      [{ group: 'g_dlq', consumeFrom: 'first', concurrency: 3 }, ['%DLQ%g'], 'started'],
      [{ group: 'other_dlq', consumeFrom: 'first', concurrency: 3 }, ['%DLQ%other'], 'started'],
    ]);
    const context = {};
    expect(consumers[0]!.handlers.get('{"topic":"a"}')!(message(5), context)).toEqual([5, message(5), context]);
    await binding.close();
    expect(consumers.map(({ state }) => state)).toEqual(['closed', 'closed', 'closed']);
  });

  it('that were not to start wait for it, their streams, too', async () => {
    @Consumer({ group: 'g', autoStart: false })
    class Later {
      @OnStream('clicks') clicks(deliveries: Subject<Delivery>) {
        return deliveries;
      }
    }
    const { target, consumers } = fakeTarget();
    const binding = await bindInstances(target, [new Later()]);
    expect([consumers[0]!.state, consumers[0]!.streams.length]).toEqual(['new', 0]);
    await binding.start();
    expect([consumers[0]!.state, consumers[0]!.streams[0]!.observed]).toEqual(['started', true]);
    await binding.close();
    expect(consumers[0]!.streams[0]!.observed).toBe(false);
  });

  it('hand events to their classes, whatever those do with them', async () => {
    @Consumer({ group: 'g', topic: 'a' })
    class Watched {
      readonly heard: unknown[] = [];
      @OnMessage() a() {}
      @OnConsumerEvent('assigned') assigned(queues: readonly { queueId: number }[]) {
        this.heard.push(['assigned', queues.map(({ queueId }) => queueId)]);
      }
      @OnConsumerEvent('revoked') revoked(queues: readonly { queueId: number }[]) {
        this.heard.push(['revoked', queues.map(({ queueId }) => queueId)]);
      }
      @OnConsumerEvent('error') failed() {
        this.heard.push('error');
        throw new Error('in the listener');
      }
      @OnConsumerEvent('retry') async retried() {
        this.heard.push('retry');
        throw new Error('in the listener');
      }
      @OnConsumerEvent('deadLetter') dead() {
        this.heard.push('dead');
      }
    }
    const { target, consumers, logged } = fakeTarget();
    const watched = new Watched();
    const binding = await bindInstances(target, [watched]);
    const queue = (queueId: number) => ({ topic: 'a', brokerName: 'b', queueId });
    const [consumer] = consumers;
    consumer!.assignment$.next([queue(0), queue(1)]);
    consumer!.assignment$.next([queue(1), queue(2)]);
    consumer!.errors$.next({ message: {}, error: new Error('x'), willRetry: true });
    consumer!.errors$.next({ message: {}, error: new Error('x'), willRetry: false });
    await Promise.resolve();
    expect(watched.heard).toEqual([
      ['assigned', [0, 1]],
      ['revoked', [0]],
      ['assigned', [2]],
      'error',
      'retry',
      'error',
      'dead',
    ]);
    expect(logged.length).toBe(3);
    await binding.close();
    consumer!.errors$.next({ message: {}, error: new Error('x'), willRetry: true });
    expect(watched.heard).toHaveLength(7);
  });

  it('with @SendTo consume again when the sending on failed, and keep verdicts', async () => {
    @Consumer({ group: 'g', topic: 'a' })
    class Passing {
      @OnMessage() @SendTo('next') a(body: unknown) {
        return body === 'reject' ? { action: 'reject' } : body;
      }
    }
    const { target, consumers, sent } = fakeTarget();
    await bindInstances(target, [new Passing()]);
    const handler = consumers[0]!.handlers.get('{"topic":"a"}')!;
    expect(await handler(message('reject'), {})).toEqual({ action: 'reject' });
    expect(sent).toEqual([]);
    await handler(message({ n: 1 }), {});
    await handler(message(undefined), {});
    expect(sent).toHaveLength(1);
    const failing = fakeTarget();
    (failing.target as unknown as { producer: () => unknown }).producer = () => ({
      send: () => Promise.reject(new Error('away')),
      close: async () => {},
    });
    await bindInstances(failing.target, [new Passing()]);
    await expect(failing.consumers[0]!.handlers.get('{"topic":"a"}')!(message(1), {})).rejects.toThrow('away');
  });

  it('get dead letters that cannot be decoded as bytes', async () => {
    @Consumer({ group: 'g', topic: 'a' })
    class Morgue {
      readonly bodies: unknown[] = [];
      @OnDeadLetter() dead(body: unknown) {
        this.bodies.push(body);
      }
    }
    const { target, consumers } = fakeTarget();
    const morgue = new Morgue();
    await bindInstances(target, [morgue]);
    const broken = {
      raw: Buffer.from('{'),
      get body(): unknown {
        throw new Error('no JSON');
      },
    };
    await consumers[0]!.handlers.get('%DLQ%g')!(broken, {});
    expect(morgue.bodies).toEqual([Buffer.from('{')]);
  });
});

describe('what cannot be bound', () => {
  @Consumer({ group: 'g', topic: 'a', mode: 'orderly' })
  class Orderly {
    @OnMessage() a() {}
  }
  @Consumer({ group: 'g', topic: 'b', mode: 'concurrent' })
  class Concurrent {
    @OnMessage() b() {}
  }
  @Consumer({ group: 'g', topic: 'a' })
  class Twice {
    @OnMessage({ filter: 'x || y' }) one() {}
    @OnMessage({ filter: { tags: ['y'] } }) two() {}
  }
  @Consumer({ group: 'g', topic: 'a' })
  class Sql {
    @OnMessage({ filter: { sql: 'a > 1' } }) one() {}
    @OnMessage({ filter: 'x' }) two() {}
  }
  @Consumer({ group: 'g' })
  class NoTopic {
    @OnMessage() lost() {}
  }
  class NoGroup {
    @OnMessage('t') lost() {}
  }
  @Consumer({ group: 'g', topic: 'a' })
  class Replies {
    @OnMessage({ reply: true }) answer() {}
  }
  @Consumer({ group: 'h' })
  class Undertaker {
    @OnDeadLetter({ group: 'g' }) dead() {}
  }
  @Consumer({ group: 'g' })
  class Heir {
    @OnDeadLetter() mine() {}
  }
  @TransactionListener({ group: 'tx' })
  class Listener {
    executeLocal() {
      return 'commit' as const;
    }
    checkLocal() {
      return 'commit' as const;
    }
  }

  it.each([
    ['two modes', [new Orderly(), new Concurrent()], /Orderly says "orderly", Concurrent says "concurrent"/],
    [
      'two handlers for a tag',
      [new Twice()],
      /Twice\.one and Twice\.two of group g overlap on topic a: both take tag y/,
    ],
    ['two handlers for all', [new Orderly(), new Orderly()], /Orderly\.a and Orderly\.a .* both take all messages/],
    ['SQL beside tags', [new Sql()], /SQL filter takes the whole topic/],
    ['a handler without a topic', [new NoTopic()], /NoTopic\.lost has no topic/],
    ['a handler without a group', [new NoGroup()], /NoGroup has handlers \(lost\) but no @Consumer/],
    [
      'two readers of dead letters',
      [new Undertaker(), new Heir()],
      /Undertaker\.dead and Heir\.mine both read the dead letters of group g/,
    ],
    ['nothing at all', [new Map()], /Map carries none/],
    ['replies', [new Replies()], /Replies\.answer: reply comes with version 0\.2/],
    ['transaction listeners', [new Listener()], /@TransactionListener \(Listener\) comes with/],
  ])('%s: says so and starts nothing', async (_what, instances, text) => {
    const { target, consumers } = fakeTarget();
    await expect(bindInstances(target, instances)).rejects.toThrow(text);
    expect(consumers.filter(({ state }) => state === 'started')).toEqual([]);
  });

  it('a start that fails closes what was started', async () => {
    @Consumer({ group: 'h', topic: 'a' })
    class Fine {
      @OnMessage() a() {}
    }
    const { target, consumers } = fakeTarget({ failStart: 'g' });
    await expect(bindInstances(target, [new Fine(), new Orderly()])).rejects.toThrow('no route');
    expect(consumers.map(({ state }) => state)).toEqual(['closed', 'closed']);
  });
});
