import { Injectable } from '@nestjs/common';
import { type HealthIndicatorResult, HealthIndicatorService } from '@nestjs/terminus';
import type { ClientHealth, ConsumerHealth, RocketMQ } from '@cometmq/sdk';
import { RocketMQRegistry } from '../client/registry.js';

export interface RocketMQHealthOptions {
  /** Which client; default 'default'. */
  client?: string;
  /** How long the brokers may take to answer, in ms; default 3000. Later counts as down. */
  timeoutMs?: number;
  /** Groups that must run; default: all with handlers in this process but those with `autoStart: false`. */
  groups?: readonly string[];
  /** More waiting messages than this in a group is 'degraded' (Nest 11 has no such word: 'up' with `degraded: true`). Default: never. */
  degradedLag?: number;
  /** More waiting messages than this in a group is 'down'. Default: never. */
  maxLag?: number;
}

const DEFAULT_TIMEOUT_MS = 3000;

type Verdict = { readonly status: 'up' | 'degraded' | 'down'; readonly message?: string };

/** What a health page shows of a group. */
const shown = ({ group, running, queues, inFlight, lag }: ConsumerHealth): Readonly<Record<string, unknown>> => ({
  group,
  running,
  queues,
  inFlight,
  ...(lag >= 0 && { lag }),
});

/** `groups` are those that must run, as the servers know them. */
function judge(health: ClientHealth, groups: readonly string[], options: RocketMQHealthOptions): Verdict {
  const { state, namesrv, brokers, consumers } = health;
  const down = (message: string): Verdict => ({ status: 'down', message });
  if (state === 'closed') return down('the client is closed');
  if (namesrv === undefined) return down('no name server answers');
  for (const group of groups) {
    const consumer = consumers.find((one) => one.group === group);
    if (consumer?.running !== true) return down(`the consumer of group ${group} does not run`);
    if (consumer.lag > (options.maxLag ?? Infinity)) return down(`group ${group} is ${consumer.lag} messages behind`);
  }
  if (state === 'degraded') {
    const lost = [...new Set(brokers.filter(({ connected }) => !connected).map(({ name }) => name))].join(', ');
    if (!brokers.some(({ connected }) => connected)) return down(`no broker can be reached (${lost})`);
    return { status: 'degraded', message: `a broker cannot be reached (${lost})` };
  }
  const behind = consumers.find(({ group, lag }) => groups.includes(group) && lag > (options.degradedLag ?? Infinity));
  return behind === undefined
    ? { status: 'up' }
    : { status: 'degraded', message: `group ${behind.group} is ${behind.lag} messages behind` };
}

/** Health of a client for @nestjs/terminus: provide it, and ask `() => rocketmq.isHealthy('rocketmq')` in the check. */
@Injectable()
export class RocketMQHealthIndicator {
  readonly #words = new HealthIndicatorService();

  constructor(private readonly registry: RocketMQRegistry) {}

  /**
   * 'down' when no name server or no broker can be reached, a group does not run or is more than `maxLag` behind, or the brokers do
   * not say in time; 'degraded' when one of the brokers cannot be reached or a group is more than `degradedLag` behind. Never throws because of the server;
   * throws INVALID_ARGUMENT for a client that is not configured.
   */
  async isHealthy<K extends string>(key: K, options: RocketMQHealthOptions = {}): Promise<HealthIndicatorResult<K>> {
    const client = this.registry.client(options.client);
    const session = this.#words.check(key);
    try {
      const lag = options.degradedLag !== undefined || options.maxLag !== undefined;
      const health = await within(client, options.timeoutMs ?? DEFAULT_TIMEOUT_MS, client.health({ lag }));
      const groups = options.groups ?? this.registry.requiredGroups(options.client);
      const { status, message } = judge(
        health,
        groups.map((group) => client.instance.wireName(group)),
        options,
      );
      const { namesrv, state, consumers } = health;
      const data = { state, namesrv, consumers: consumers.map(shown), ...(message !== undefined && { message }) };
      if (status === 'down') return session.down(data);
      if (status === 'up') return session.up(data);
      // Terminus 11 knows up and down only, and forgets what is neither.
      const { degraded } = session as { degraded?: (data: object) => HealthIndicatorResult<K> };
      return degraded === undefined ? session.up({ ...data, degraded: true }) : degraded.call(session, data);
    } catch (error) {
      return session.down({ message: error instanceof Error ? error.message : String(error) });
    }
  }
}

function within<T>({ instance }: RocketMQ, timeoutMs: number, answer: Promise<T>): Promise<T> {
  return new Promise((resolve, reject) => {
    const late = () => reject(new Error(`the brokers did not answer within ${timeoutMs} ms`));
    const timer = instance.clock.schedule(timeoutMs, late);
    answer.then(resolve, reject).finally(() => timer.cancel());
  });
}
