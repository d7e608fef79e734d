import { monitorEventLoopDelay } from 'node:perf_hooks';
import type { Gauge, ProcessGauges } from '../telemetry.js';

/** How often the delay is sampled; a delay shorter than this may be missed. */
const RESOLUTION_MS = 10;
const PERCENTILES = [0.5, 0.99, 0.999] as const;
const SECONDS_PER_NS = 1e-9;

function eventLoopDelay(): { readonly gauge: Gauge; close(): void } {
  const histogram = monitorEventLoopDelay({ resolution: RESOLUTION_MS });
  histogram.enable();
  // The sampling interval itself is part of what is recorded.
  const delay = (ns: number) => Math.max(0, ns * SECONDS_PER_NS - RESOLUTION_MS / 1000);
  const read = () => {
    if (histogram.count === 0) return [];
    const samples = PERCENTILES.map((quantile) => ({
      labels: { quantile: String(quantile) },
      value: delay(histogram.percentile(quantile * 100)),
    }));
    samples.push({ labels: { quantile: '1' }, value: delay(histogram.max) });
    histogram.reset();
    return samples;
  };
  return {
    gauge: {
      name: 'nodejs_eventloop_delay_seconds',
      help: 'How late the event loop came to its work since the last scrape',
      kind: 'gauge',
      read,
    },
    close: () => void histogram.disable(),
  };
}

/** What this process says about itself; names as Prometheus clients have them. */
export function watchProcess(): ProcessGauges {
  const delay = eventLoopDelay();
  const single = (name: string, help: string, kind: Gauge['kind'], read: () => number): Gauge => ({
    name,
    help,
    kind,
    read: () => [{ value: read() }],
  });
  const startedAt = Date.now() / 1000 - process.uptime();
  return {
    gauges: [
      delay.gauge,
      single('process_cpu_seconds_total', 'Processor time, user and system', 'counter', () => {
        const { user, system } = process.cpuUsage();
        return (user + system) / 1e6;
      }),
      single('process_resident_memory_bytes', 'Memory that is resident', 'gauge', () => process.memoryUsage.rss()),
      single('nodejs_heap_used_bytes', 'JavaScript heap in use', 'gauge', () => process.memoryUsage().heapUsed),
      single('process_start_time_seconds', 'Start of the process since 1970', 'gauge', () => startedAt),
    ],
    close: delay.close,
  };
}
