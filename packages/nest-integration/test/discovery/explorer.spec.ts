import { Controller, Injectable, Module, Scope } from '@nestjs/common';
import {
  Consumer,
  type Delivery,
  OnConsumerEvent,
  OnMessage,
  OnStream,
  Producer,
  RocketMQ,
  Send,
  type Sender,
} from '@cometmq/sdk';
import type { Observable } from 'rxjs';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { startApp } from '../test-app.js';
import { IMPATIENT, startCluster, type TestCluster, until } from '../test-cluster.js';

let cluster: TestCluster;
beforeAll(async () => {
  cluster = await startCluster();
  await cluster.createTopic('d-class', 'd-value', 'd-factory', 'd-controller');
});
afterAll(() => cluster.close());

const seen: string[] = [];

@Consumer({ group: 'd-class', topic: 'd-class', ...IMPATIENT })
class ByClass {
  @OnMessage() on(body: string) {
    seen.push(`class ${body}`);
  }
}
@Consumer({ group: 'd-value', topic: 'd-value', ...IMPATIENT })
class ByValue {
  @OnMessage() on(body: string) {
    seen.push(`value ${body}`);
  }
}
@Consumer({ group: 'd-factory', topic: 'd-factory', ...IMPATIENT })
class ByFactory {
  constructor(readonly prefix: string) {}
  @OnMessage() on(body: string) {
    seen.push(`${this.prefix} ${body}`);
  }
}
@Controller('x')
@Consumer({ group: 'd-controller', topic: 'd-controller', ...IMPATIENT })
class InController {
  @OnMessage() on(body: string) {
    seen.push(`controller ${body}`);
  }
}

const topics = ['d-class', 'd-value', 'd-factory', 'd-controller'];

describe('consumers are found', () => {
  it('as classes, values, factories, under several tokens once, and in controllers', async () => {
    await using _started = await startApp(cluster, {
      providers: [
        { provide: 'by-class', useClass: ByClass },
        { provide: 'again', useExisting: 'by-class' },
        { provide: 'by-value', useValue: new ByValue() },
        { provide: 'prefix', useValue: 'factory' },
        { provide: 'by-factory', inject: ['prefix'], useFactory: (prefix: string) => new ByFactory(prefix) },
        { provide: 'the-same', inject: ['by-factory'], useFactory: (one: ByFactory) => one },
        { provide: 'nothing', useValue: undefined },
        { provide: 'null-prototype', useValue: Object.create(null) as object },
      ],
      controllers: [InController],
    });
    await Promise.all(topics.map((topic) => cluster.send(topic, '1')));
    await until(() => seen.length === 4);
    expect(seen.toSorted()).toEqual(['class 1', 'controller 1', 'factory 1', 'value 1']);
  });

  it('not in controllers when the client says so', async () => {
    await using started = await startApp(cluster, {
      rocketmq: { scanControllers: false },
      controllers: [InController],
      providers: [ByClass],
    });
    expect(started.app.get(ByClass)).toBeInstanceOf(ByClass);
    const { consumers } = await started.app.get(RocketMQ).health();
    expect(consumers.map(({ group }) => group)).toEqual(['d-class']);
  });
});

describe('the start fails and says what to do for', () => {
  it('a consumer that two modules provide', async () => {
    @Module({ providers: [ByClass] })
    class One {}
    @Module({ providers: [ByClass] })
    class Two {}
    await expect(startApp(cluster, { imports: [One, Two] })).rejects.toThrow(
      /consumer ByClass is provided twice, by One and by Two: provide it in one module/,
    );
  });

  it('streams, events and senders of classes that are made per message', async () => {
    @Injectable({ scope: Scope.REQUEST })
    class Tenant {}
    @Consumer({ group: 'scoped', topic: 'd-class' })
    class Streams {
      constructor(readonly tenant: Tenant) {}
      @OnStream() all(deliveries: Observable<Delivery>) {
        return deliveries;
      }
    }
    @Consumer({ group: 'scoped', topic: 'd-class' })
    class Events {
      constructor(readonly tenant: Tenant) {}
      @OnMessage() on() {}
      @OnConsumerEvent('error') failed() {}
    }
    @Producer({ topic: 'd-class' })
    class Senders {
      @Send() readonly x!: Sender<unknown>;
      constructor(readonly tenant: Tenant) {}
    }
    await expect(startApp(cluster, { providers: [Tenant, Streams] })).rejects.toThrow(
      /Streams is request-scoped.*@OnStream all/,
    );
    await expect(startApp(cluster, { providers: [Tenant, Events] })).rejects.toThrow(
      /Events is.*@OnConsumerEvent failed/,
    );
    await expect(startApp(cluster, { providers: [Tenant, Senders] })).rejects.toThrow(/Senders is.*@Send/);
  });

  it('handlers without @Consumer, and without a topic', async () => {
    @Injectable()
    class NoConsumer {
      @OnMessage('d-class') on() {}
    }
    @Consumer({ group: 'no-topic' })
    class NoTopic {
      @OnMessage() on() {}
    }
    await expect(startApp(cluster, { providers: [NoConsumer] })).rejects.toThrow(
      /NoConsumer has handlers \(on\) but no @Consumer/,
    );
    await expect(startApp(cluster, { providers: [NoTopic] })).rejects.toThrow(/NoTopic\.on has no topic: name one/);
  });
});
