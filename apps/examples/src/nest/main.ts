// A Nest service: orders come in by HTTP, go through the broker, and a consumer with guard, pipes and filter writes invoices.
import 'reflect-metadata';
import assert from 'node:assert/strict';
import { NestFactory } from '@nestjs/core';
import { until, withServer } from '../example-server.js';
import { AppModule } from './app.module.js';
import { Invoices } from './invoices.js';

await withServer(async (namesrv) => {
  process.env['COMETMQ_NAMESRV'] = namesrv;
  const app = await NestFactory.create(AppModule, { logger: ['warn', 'error'] });
  app.enableShutdownHooks();
  await app.listen(0, '127.0.0.1');
  const url = (await app.getUrl()).replace('[::1]', '127.0.0.1');

  const post = async (order: object, tenant?: string) => {
    const headers = { 'content-type': 'application/json', ...(tenant !== undefined && { 'x-tenant': tenant }) };
    return (await fetch(`${url}/orders`, { method: 'POST', headers, body: JSON.stringify(order) })).status;
  };
  const get = async (path: string): Promise<unknown> => (await fetch(`${url}/${path}`)).json();

  assert.equal(await post({ id: 'o-0', customer: 'ada', cents: 1 }), 403); // the guard, on HTTP
  for (let n = 1; n <= 20; n += 1) assert.equal(await post({ id: `o-${n}`, customer: 'ada', cents: n }, 'acme'), 202);
  assert.equal(await post({ id: 'o-bad', customer: 'ada', cents: -1 }, 'acme'), 202); // the schema refuses it, on the way out of the broker
  assert.equal(await post({ id: 'o-nobody', customer: 'nobody', cents: 1 }, 'acme'), 202); // the filter rejects it

  const invoices = app.get(Invoices);
  await until(
    'every order is an invoice or refused',
    () => invoices.all.length === 20 && invoices.refused.length === 2,
  );
  const listed = (await get('invoices')) as { written: { tenant: string }[]; refused: string[] };
  assert.equal(listed.written.length, 20);
  assert.ok(listed.written.every(({ tenant }) => tenant === 'ACME'));
  assert.deepEqual(listed.refused.toSorted(), ['o-bad', 'o-nobody']);
  const health = (await get('health')) as { status: string };
  assert.equal(health.status, 'ok');
  console.log(`20 invoices, refused: ${listed.refused.join(', ')}, health: ${health.status}`);

  // Orders that are still under way when the service stops: what has begun is finished before the database closes.
  const late = Array.from({ length: 20 }, (_, n) => post({ id: `late-${n}`, customer: 'ada', cents: 1 }, 'acme'));
  await Promise.all(late);
  await app.close();
  console.log(`stopped with ${invoices.all.length - 20} of 20 late orders done; the others are for the next instance`);
});
