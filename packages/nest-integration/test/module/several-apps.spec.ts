import { Consumer, OnMessage, Producer, RocketMQ, Send, type Sender, SendTo } from '@cometmq/sdk';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { RocketMQModule, RocketMQRegistry } from '../../src/index.js';
import { startApp } from '../test-app.js';
import { IMPATIENT, startCluster, type TestCluster, until } from '../test-cluster.js';

let one: TestCluster;
let two: TestCluster;
beforeAll(async () => {
  [one, two] = await Promise.all([startCluster(), startCluster()]);
  await Promise.all([one, two].map((cluster) => cluster.createTopic('m-orders', 'm-copies')));
});
afterAll(async () => {
  await Promise.all([one.close(), two.close()]);
});

@Producer({ topic: 'm-orders' })
class Events {
  @Send() readonly out!: Sender<string>;
}
@Consumer({ group: 'm', topic: 'm-orders', ...IMPATIENT })
class Orders {
  readonly seen: unknown[] = [];
  @OnMessage() on(body: unknown) {
    this.seen.push(body);
  }
}

describe('several applications in one process', () => {
  it('have nothing to do with each other', async () => {
    await using first = await startApp(one, { providers: [Events, Orders] });
    const second = await startApp(two, { providers: [Events, Orders] });
    expect(first.app.get(RocketMQ)).not.toBe(second.app.get(RocketMQ));
    await first.app.get(Events).out('to the first');
    await second.app.get(Events).out('to the second');
    await until(() => [first, second].every(({ app }) => app.get(Orders).seen.length === 1));
    expect(first.app.get(Orders).seen).toEqual(['to the first']);
    expect(second.app.get(Orders).seen).toEqual(['to the second']);
    await second.app.close();
    await first.app.get(Events).out('still here');
    await until(() => first.app.get(Orders).seen.length === 2);
  });
});

describe('several clients in one application', () => {
  it('serve the classes and members that name them', async () => {
    @Consumer({ group: 'm-bridge', topic: 'm-copies', client: 'two', ...IMPATIENT })
    class Bridge {
      @Producer({ client: 'default' }) readonly back!: Producer;
      @Producer() readonly own!: Producer;
      readonly seen: unknown[] = [];
      @OnMessage({ filter: { tags: 'in' } }) @SendTo('m-copies', { tags: 'passed on' }) async on(body: string) {
        this.seen.push(body);
        await this.back.send('m-copies', `${body} back`);
        await this.own.send('m-copies', `${body} own`, { tags: 'own' });
        return `${body} passed on`;
      }
    }
    @Producer({ topic: 'm-copies', client: 'two' })
    class ToTwo {
      @Send({ tags: 'in' }) readonly out!: Sender<string>;
    }
    await using started = await startApp(one, {
      imports: [RocketMQModule.forRoot({ name: 'two', namesrv: two.namesrv, pollRouteIntervalMs: 50 })],
      providers: [Bridge, ToTwo],
    });
    await started.app.get(ToTwo).out('a');
    expect((await one.stored('m-copies')).map(({ body }) => body)).toEqual(['a back']);
    expect((await two.stored('m-copies', 3)).map(({ body }) => body)).toEqual(['a', 'a own', 'a passed on']);
    const registry = started.app.get(RocketMQRegistry);
    expect(registry.requiredGroups()).toEqual([]);
    expect(registry.requiredGroups('two')).toEqual(['m-bridge']);
  });

  it('may have consumers of one group, which are told apart by their client', async () => {
    @Consumer({ group: 'm', topic: 'm-orders', client: 'two', ...IMPATIENT })
    class Others {
      @OnMessage() on() {}
    }
    await using started = await startApp(one, {
      imports: [RocketMQModule.forRoot({ name: 'two', namesrv: two.namesrv })],
      providers: [Orders, Others],
    });
    const registry = started.app.get(RocketMQRegistry);
    expect(() => registry.suspend('m')).toThrow(/several clients have a consumer of group 'm'.*name the client/);
    registry.suspend('m', 'two');
    registry.resume('m', 'two');
  });
});
