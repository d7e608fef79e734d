import { createParamDecorator, type ExecutionContext, ParseIntPipe, type Type, ValidationPipe } from '@nestjs/common';
import { Consumer, type Delivery, type MessageView, OnBatch, OnMessage, SendTo } from '@cometmq/sdk';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import * as z from 'zod';
import { ManualAck, Message, MessageProperty, Payload, RocketMQExecutionContext } from '../../src/index.js';
import { startApp } from '../test-app.js';
import { IMPATIENT, startCluster, type TestCluster, until } from '../test-cluster.js';

let cluster: TestCluster;
beforeAll(async () => {
  cluster = await startCluster();
});
afterAll(() => cluster.close());

const Order = z.object({
  id: z.string(),
  total: z.coerce.number().positive(),
  at: z.string().transform((s) => s.length),
});
type Order = z.infer<typeof Order>;

const Attempt = createParamDecorator(
  (_data: unknown, context: ExecutionContext) => RocketMQExecutionContext.from(context).getHandlerContext().attempt,
);

describe('parameters', () => {
  it('are payload, message, properties, delivery, and what own decorators make', async () => {
    await cluster.createTopic('p-all');
    @Consumer({ group: 'p-all', topic: 'p-all', ...IMPATIENT })
    class All {
      readonly seen: unknown[][] = [];
      @OnMessage()
      on(
        @Payload() body: unknown,
        @Payload('id', ParseIntPipe) id: number,
        @Message() message: MessageView,
        @MessageProperty('tenant') tenant: string,
        @MessageProperty('level', ParseIntPipe) level: number,
        @MessageProperty() all: Readonly<Record<string, string>>,
        @Attempt() attempt: number,
        plain: unknown,
      ) {
        this.seen.push([body, id, message.tags, tenant, level, all['tenant'], attempt, plain]);
      }
    }
    await using started = await startApp(cluster, { providers: [All] });
    await cluster.send('p-all', { id: '7' }, { tags: 't', properties: { tenant: 'x', level: '3' } });
    const all = started.app.get(All);
    await until(() => all.seen.length === 1);
    expect(all.seen).toEqual([[{ id: '7' }, 7, 't', 'x', 3, 'x', 1, undefined]]);
  });

  it('of a batch are arrays', async () => {
    await cluster.createTopic('p-batch');
    @Consumer({ group: 'p-batch', topic: 'p-batch', consumeFrom: 'first' })
    class All {
      readonly seen: unknown[][] = [];
      @OnBatch(undefined, { size: 2, lingerMs: 60_000 })
      on(
        @Payload() bodies: unknown,
        @Payload('id') ids: number[],
        @Message() messages: readonly MessageView[],
        @MessageProperty('tenant') tenants: unknown,
      ) {
        this.seen.push([bodies, ids, messages.map(({ tags }) => tags), tenants]);
      }
    }
    await using started = await startApp(cluster, { providers: [All] });
    await cluster.send('p-batch', { id: 1 }, { tags: 'a', properties: { tenant: 'x' } });
    await cluster.send('p-batch', { id: 2 }, { tags: 'b' });
    const all = started.app.get(All);
    await until(() => all.seen.length === 1);
    expect(all.seen).toEqual([
      [
        [{ id: 1 }, { id: 2 }],
        [1, 2],
        ['a', 'b'],
        ['x', undefined],
      ],
    ]);
  });

  it('that no decorator names are body, message, context', async () => {
    await cluster.createTopic('p-none');
    @Consumer({ group: 'p-none', topic: 'p-none', ...IMPATIENT })
    class None {
      readonly seen: unknown[][] = [];
      @OnMessage() on(...args: unknown[]) {
        this.seen.push(args);
      }
    }
    await using started = await startApp(cluster, { providers: [None] });
    const msgId = await cluster.send('p-none', 1);
    const { seen } = started.app.get(None);
    await until(() => seen.length === 1);
    expect(seen[0]).toHaveLength(3);
    expect(seen[0]![0]).toBe(1);
    expect(seen[0]![1]).toMatchObject({ msgId });
    expect(seen[0]![2]).toMatchObject({ group: 'p-none', attempt: 1 });
  });

  it('stand on methods only, and take schemas only', () => {
    expect(() => {
      class Wrong {
        constructor(@Payload() readonly x: unknown) {}
      }
      return Wrong;
    }).toThrow(/@Payload\(\) stands in a constructor/);
    expect(() => Payload({ schema: { parse() {} } })).toThrow(/takes a Standard Schema/);
  });
});

describe('a payload that does not validate', () => {
  it('goes to the dead letters at once; one that does comes as the schema made it', async () => {
    await cluster.createTopic('p-schema');
    @Consumer({ group: 'p-schema', topic: 'p-schema', ...IMPATIENT })
    class Validated {
      readonly seen: Order[] = [];
      @OnMessage() on(@Payload({ schema: Order }) order: Order) {
        this.seen.push(order);
      }
    }
    await using started = await startApp(cluster, { providers: [Validated] });
    await cluster.send('p-schema', { id: 'bad', total: '-1', at: 'abc' });
    await cluster.send('p-schema', { id: 'good', total: '5', at: 'abc' });
    const { seen } = started.app.get(Validated);
    await until(() => seen.length === 1);
    expect(seen).toEqual([{ id: 'good', total: 5, at: 3 }]);
    const [dead] = await cluster.deadLetters<{ id: string }>('p-schema');
    expect(dead!.body.id).toBe('bad');
    expect(started.log.find('a handler refused')).toMatch(/the payload is not valid: total: Too small/);
  });

  it("is seen by Nest's ValidationPipe, because it is of the kind 'body'", async () => {
    await cluster.createTopic('p-pipe');
    class Dto {
      declare id: string;
    }
    const validator = {
      validate: async (value: { id?: unknown }) =>
        typeof value.id === 'string' ? [] : [{ property: 'id', constraints: { isString: 'id must be a string' } }],
    };
    const transformer = {
      plainToInstance: (cls: Type<object>, value: object) => Object.assign(new cls(), value),
      classToPlain: (value: unknown) => value,
    };
    const packages = { validatorPackage: validator, transformerPackage: transformer };
    @Consumer({ group: 'p-pipe', topic: 'p-pipe', ...IMPATIENT })
    class Validated {
      readonly seen: unknown[] = [];
      @OnMessage() on(@Payload() dto: Dto) {
        this.seen.push(dto);
      }
    }
    await using started = await startApp(cluster, { providers: [Validated] }, (app) => {
      app.useGlobalPipes(new ValidationPipe({ transform: true, ...(packages as object) }));
    });
    await cluster.send('p-pipe', { id: 1 });
    await cluster.send('p-pipe', { id: 'x' });
    const { seen } = started.app.get(Validated);
    await until(() => seen.length === 1);
    expect(seen[0]).toBeInstanceOf(Dto);
    expect((await cluster.deadLetters('p-pipe'))[0]!.body).toEqual({ id: 1 });
    expect(started.log.find('a handler refused')).toMatch(/400 id must be a string/);
  });
});

describe('@ManualAck()', () => {
  it('leaves the verdict to the delivery, whatever the handler returns', async () => {
    await cluster.createTopic('p-manual');
    const open: Delivery[] = [];
    @Consumer({ group: 'p-manual', topic: 'p-manual', ...IMPATIENT })
    class Manual {
      readonly attempts: string[] = [];
      @OnMessage() on(@Payload() body: string, @ManualAck() delivery: Delivery) {
        this.attempts.push(`${body} ${delivery.context.attempt}`);
        if (body === 'throws') throw new Error('before it is settled');
        open.push(delivery);
        return { action: 'reject' };
      }
    }
    await using started = await startApp(cluster, { providers: [Manual] });
    const { attempts } = started.app.get(Manual);
    await cluster.send('p-manual', 'a');
    await cluster.send('p-manual', 'b');
    await until(() => open.length === 1);
    // Orderly: the second waits until the first is settled.
    expect(attempts).toEqual(['a 1']);
    open.pop()!.retry();
    await until(() => open.length === 1);
    open.pop()!.ack();
    await until(() => open.length === 1);
    open.pop()!.reject('no');
    expect((await cluster.deadLetters('p-manual'))[0]!.body).toBe('b');
    expect(attempts.filter((each) => each.startsWith('a'))).toHaveLength(2);
  });

  it('is refused where the returned value matters', async () => {
    @Consumer({ group: 'p-refused', topic: 'p-manual' })
    class Batch {
      @OnBatch() on(@ManualAck() _delivery: Delivery) {}
    }
    @Consumer({ group: 'p-refused', topic: 'p-manual' })
    class Sends {
      @OnMessage() @SendTo('x') on(@ManualAck() _delivery: Delivery) {}
    }
    await expect(startApp(cluster, { providers: [Batch] })).rejects.toThrow(
      /Batch\.on has @ManualAck\(\) and @OnBatch/,
    );
    await expect(startApp(cluster, { providers: [Sends] })).rejects.toThrow(/Sends\.on has @ManualAck\(\) and @SendTo/);
  });
});
