import { expect, it } from 'vitest';
import { watchProcess } from '../../src/node/process-gauges.js';

it('what a process says about itself: its event loop, processor time and memory', async () => {
  const { gauges, close } = watchProcess();
  const read = (name: string) => [...gauges.find((gauge) => gauge.name === name)!.read()];
  const aFewRounds = () => new Promise((resolve) => setTimeout(resolve, 50));
  await aFewRounds();
  read('nodejs_eventloop_delay_seconds');
  // A delay is measured from one sample to the next.
  await aFewRounds();
  const busyUntil = performance.now() + 100;
  while (performance.now() < busyUntil);
  await aFewRounds();
  const [half, , , worst] = read('nodejs_eventloop_delay_seconds');
  expect(worst).toMatchObject({ labels: { quantile: '1' } });
  expect(worst!.value).toBeGreaterThan(0.05);
  expect(half!.value).toBeLessThanOrEqual(worst!.value);
  expect(read('process_cpu_seconds_total')[0]!.value).toBeGreaterThan(0.05);
  expect(read('process_resident_memory_bytes')[0]!.value).toBeGreaterThan(read('nodejs_heap_used_bytes')[0]!.value);
  close();
});
