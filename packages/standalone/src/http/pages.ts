import type { Gauge, HttpAnswer, HttpHandler } from '@cometmq/runtime';
import { formatPrometheus } from './prometheus.js';

/** What `/health` tells. `status` is `up` while messages are taken and given out, `degraded` while only reads work. */
export interface Health {
  readonly status: 'up' | 'degraded' | 'down';
  /** Why it is not `up`. */
  readonly reason?: string | undefined;
  readonly [detail: string]: unknown;
}

export interface PageSources {
  readonly gauges: readonly Gauge[];
  health(): Health;
}

const json = (status: number, body: unknown): HttpAnswer => ({
  status,
  contentType: 'application/json',
  body: `${JSON.stringify(body)}\n`,
});

/**
 * `/health` (503 unless reads work), `/ready` (503 unless writes work too), `/metrics` (Prometheus) and a short index.
 */
export function pages(sources: PageSources): HttpHandler {
  return ({ method, path }) => {
    if (method !== 'GET' && method !== 'HEAD') return json(405, { error: 'only GET and HEAD are answered here' });
    switch (path) {
      case '/health': {
        const health = sources.health();
        return json(health.status === 'down' ? 503 : 200, health);
      }
      case '/ready': {
        const health = sources.health();
        return json(health.status === 'up' ? 200 : 503, health);
      }
      case '/metrics':
        return {
          status: 200,
          contentType: 'text/plain; version=0.0.4; charset=utf-8',
          body: formatPrometheus(sources.gauges),
        };
      case '/':
        return json(200, {
          name: 'cometmq',
          pages: ['/health', '/ready', '/metrics'],
          websocket: 'remoting frames are taken on every path',
        });
      default:
        return json(404, { error: `nothing at ${path}; see /` });
    }
  };
}
