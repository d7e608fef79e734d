import { Subject } from 'rxjs';
import { VirtualClock } from '@cometmq/runtime';
import type { PushConsumerOptions } from '../../src/consumer/consumer-options.js';
import type { Delivery } from '../../src/consumer/delivery.js';
import type { BindTarget } from '../../src/decorators/bind.js';
import type { MessageView } from '../../src/message/message-view.js';

interface FakeConsumer {
  readonly options: PushConsumerOptions;
  readonly handlers: Map<string, (...args: unknown[]) => unknown>;
  readonly streams: Subject<Delivery>[];
  readonly assignment$: Subject<readonly { topic: string; brokerName: string; queueId: number }[]>;
  readonly errors$: Subject<{ message: unknown; error: unknown; willRetry: boolean }>;
  state: 'new' | 'started' | 'closed';
}

/** A client that remembers what was made from it. */
export function fakeTarget(behaviour: { readonly failStart?: string } = {}) {
  const clock = new VirtualClock();
  const logged: string[] = [];
  const sent: { readonly group: string | undefined; readonly message: readonly unknown[] }[] = [];
  const closedProducers: (string | undefined)[] = [];
  const consumers: FakeConsumer[] = [];
  const target = {
    instance: { clock, logger: { error: (message: string) => void logged.push(message) } },
    producer: (options: { group?: string } = {}) => ({
      send: async (...message: unknown[]) => void sent.push({ group: options.group, message }),
      close: async () => void closedProducers.push(options.group),
    }),
    pushConsumer(options: PushConsumerOptions) {
      const fake: FakeConsumer = {
        options,
        handlers: new Map(),
        streams: [],
        assignment$: new Subject(),
        errors$: new Subject(),
        state: 'new',
      };
      const key = (subscription: unknown) =>
        typeof subscription === 'string' ? subscription : JSON.stringify(subscription);
      consumers.push(fake);
      return Object.assign(fake, {
        group: options.group,
        subscribe: (subscription: unknown, handler: (...args: unknown[]) => unknown) =>
          void fake.handlers.set(key(subscription), handler),
        subscribeBatch: (subscription: unknown, handler: (...args: unknown[]) => unknown) =>
          void fake.handlers.set(`batch ${key(subscription)}`, handler),
        messages: () => {
          const stream = new Subject<Delivery>();
          fake.streams.push(stream);
          return stream;
        },
        start: async () => {
          if (behaviour.failStart === options.group) throw new Error('no route');
          fake.state = 'started';
        },
        close: async () => {
          fake.state = 'closed';
        },
      });
    },
  };
  return { clock, logged, sent, closedProducers, consumers, target: target as unknown as BindTarget };
}

export const message = (body: unknown) => ({ body }) as MessageView;
