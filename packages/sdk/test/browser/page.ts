// What the bundler puts into the page: it waits to be told which scenario to run.
import 'reflect-metadata';
import { RocketMQ } from '@cometmq/sdk';
import type { Driver } from './environment.js';
import { scenarios } from './scenarios.js';

/** What the driver finds in the page. */
export interface PageGlobals {
  readonly scenarioNames: readonly string[];
  /** Undefined when it passed, else what was wrong. */
  runScenario(name: string, namesrv: string): Promise<string | undefined>;
  /** Joins a group, for scenarios with several pages. */
  join(namesrv: string, topic: string, group: string): Promise<void>;
}

const driver = globalThis as unknown as Driver;
let run = 0;

const page: PageGlobals = {
  scenarioNames: Object.keys(scenarios),
  async runScenario(name, namesrv) {
    const number = ++run;
    const clients: RocketMQ[] = [];
    try {
      await scenarios[name]!({
        namesrv,
        driver,
        name: (suffix) => `browser-${number}-${suffix}`,
        async connect(options = {}) {
          const client = await RocketMQ.connect({ namesrv, ...options });
          clients.push(client);
          return client;
        },
      });
      return undefined;
    } catch (error) {
      return error instanceof Error ? (error.stack ?? error.message) : String(error);
    } finally {
      await Promise.all(clients.map((client) => client.close({ timeoutMs: 1000 })));
    }
  },
  async join(namesrv, topic, group) {
    const consumer = (await RocketMQ.connect({ namesrv })).pushConsumer({ group, consumeFrom: 'first' });
    consumer.subscribe(topic, () => undefined);
    await consumer.start();
  },
};
Object.assign(globalThis, page);
