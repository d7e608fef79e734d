import { expect, it } from 'vitest';
import { LatencyBuckets } from '../../src/metrics/broker-counters.js';
import { RateWindow } from '../../src/metrics/rate-window.js';

it('tells rates over ten seconds, a minute and ten minutes', () => {
  let count = 0;
  const window = new RateWindow(() => count);
  expect(window.text()).toBe('0 0 0');
  for (let second = 0; second <= 1200; second++) {
    window.sample(second * 1000);
    count += second < 1140 ? 10 : 100;
  }
  expect(window.text()).toBe('100 100 19');
});

it('sorts latencies into the buckets of Apache', () => {
  const buckets = new LatencyBuckets();
  for (const ms of [0.2, 0.9, 1, 10, 11, 20_000]) buckets.record(ms);
  expect(buckets.text()).toBe(
    '[<=0ms]:2 [0~10ms]:2 [10~50ms]:1 [50~100ms]:0 [100~200ms]:0 [200~500ms]:0 [500ms~1s]:0 [1~2s]:0 [2~3s]:0 [3~4s]:0 [4~5s]:0 [5~10s]:0 [10s~]:1 ',
  );
  expect(buckets.quantileMs(0.5)).toBe(10);
  expect(buckets.maxMs).toBe(20_000);
});
