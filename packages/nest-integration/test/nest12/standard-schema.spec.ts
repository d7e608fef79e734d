import { StandardSchemaValidationPipe } from '@nestjs/common';
import { Consumer, OnMessage } from '@cometmq/sdk';
import { afterAll, beforeAll, expect, it } from 'vitest';
import * as z from 'zod';
import { Payload } from '../../src/index.js';
import { startApp } from '../test-app.js';
import { IMPATIENT, startCluster, type TestCluster, until } from '../test-cluster.js';

let cluster: TestCluster;
beforeAll(async () => {
  cluster = await startCluster();
  await cluster.createTopic('p-nest12');
});
afterAll(() => cluster.close());

// Its result is not valid input: applied twice it would refuse everything.
const Order = z.object({ total: z.coerce.number().positive(), at: z.string().transform((text) => text.length) });

@Consumer({ group: 'p-nest12', topic: 'p-nest12', ...IMPATIENT })
class Validated {
  readonly seen: unknown[] = [];
  @OnMessage({ filter: { tags: 'own' } })
  own(@Payload({ schema: Order, pipes: [new StandardSchemaValidationPipe({ transform: false })] }) order: unknown) {
    this.seen.push(order);
  }
  @OnMessage({ filter: { tags: 'class' } })
  byClass(@Payload({ schema: Order, pipes: [StandardSchemaValidationPipe] }) order: unknown) {
    this.seen.push(order);
  }
  @OnMessage({ filter: { tags: 'ours' } })
  ours(@Payload({ schema: Order }) order: unknown) {
    this.seen.push(order);
  }
}

it("Nest 12's own pipe applies the schema where a handler asks for it; with a global one a schema is applied once", async () => {
  await using started = await startApp(cluster, { providers: [Validated] }, (app) => {
    // It would see schemas of handlers that name a pipe of their own, too, so that those are the handler's alone here.
    app.useGlobalPipes(new StandardSchemaValidationPipe({ transform: false }));
  });
  const { seen } = started.app.get(Validated);
  for (const tags of ['ours', 'class', 'own']) {
    await cluster.send('p-nest12', { total: '-1', at: 'abc' }, { tags });
    await cluster.send('p-nest12', { total: '1', at: 'abc' }, { tags });
  }
  await until(() => seen.length === 3);
  expect(seen).toEqual([
    { total: 1, at: 3 },
    { total: 1, at: 3 },
    { total: '1', at: 'abc' },
  ]);
  const dead = await cluster.deadLetters('p-nest12', 3);
  expect(dead.map((message) => message.tags)).toEqual(['ours', 'class', 'own']);
});
