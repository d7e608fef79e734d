import { createMeter } from '@cometmq/runtime';
import { describe, expect, it } from 'vitest';
import { type Health, pages } from '../../src/http/pages.js';

const get = async (health: Health, path: string, method = 'GET') => {
  const meter = createMeter();
  meter.register({
    name: 'a_total',
    help: 'Counts a.',
    kind: 'counter',
    read: () => [{ value: 3 }, { labels: { topic: 'x"y' }, value: 4 }],
  });
  return pages({ gauges: meter.gauges, health: () => health })({
    method,
    path,
    query: {},
    remote: { host: '127.0.0.1', port: 1 },
  });
};

describe('pages', () => {
  it('answers health by whether reads work and ready by whether writes do', async () => {
    expect((await get({ status: 'up' }, '/health')).status).toBe(200);
    expect((await get({ status: 'degraded', reason: 'disk full' }, '/health')).status).toBe(200);
    expect((await get({ status: 'degraded', reason: 'disk full' }, '/ready')).status).toBe(503);
    expect((await get({ status: 'down' }, '/health')).status).toBe(503);
  });

  it('prints gauges in Prometheus form with escaped labels', async () => {
    const { body } = await get({ status: 'up' }, '/metrics');
    expect(body).toBe('# HELP a_total Counts a.\n# TYPE a_total counter\na_total 3\na_total{topic="x\\"y"} 4\n');
  });

  it('refuses other methods and unknown paths', async () => {
    expect((await get({ status: 'up' }, '/health', 'POST')).status).toBe(405);
    expect((await get({ status: 'up' }, '/nothing')).status).toBe(404);
  });
});
