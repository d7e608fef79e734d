import { setTimeout as sleep } from 'node:timers/promises';
import { type RocketMQOptions, stringCodec } from '@cometmq/sdk';
import { isSelected, type Row } from './client.js';
import { Facts } from './facts.js';
import { aclScenarios } from './sdk-acl.js';
import { clientScenarios } from './sdk-client.js';
import { crossScenarios } from './sdk-cross.js';
import { decoratorScenarios } from './sdk-decorators.js';
import { fetchScenarios } from './sdk-fetch.js';
import { offsetScenarios } from './sdk-offsets.js';
import { producerScenarios } from './sdk-producer.js';
import { pullScenarios } from './sdk-pull.js';
import { pushScenarios } from './sdk-push.js';
import { rebalanceScenarios } from './sdk-rebalance.js';
import { retryScenarios } from './sdk-retry.js';
import { sendScenarios } from './sdk-send.js';
import { type SdkScenario, Session } from './sdk-session.js';
import { streamScenarios } from './sdk-stream.js';

const deadlineMs = 120_000;
const closeMs = 15_000;
const parallel = 8;

/** The slow ones first. */
const scenarios: Readonly<Record<string, SdkScenario>> = {
  ...rebalanceScenarios,
  ...retryScenarios,
  ...decoratorScenarios,
  ...pushScenarios,
  ...fetchScenarios,
  ...clientScenarios,
  ...sendScenarios,
  ...producerScenarios,
  ...offsetScenarios,
  ...streamScenarios,
  ...pullScenarios,
};

interface Table {
  readonly scenarios: Readonly<Record<string, SdkScenario>>;
  /** For every client of the scenarios. */
  readonly defaults: Partial<RocketMQOptions>;
  /** Scenarios that run at a time. */
  readonly parallel: number;
}

function tableOf(name: string, classPath: string): Table {
  switch (name) {
    case 'cross':
      // A Java program reads texts as they are, not as JSON.
      return { scenarios: crossScenarios(classPath), defaults: { codec: stringCodec }, parallel: 2 };
    case 'acl':
      return { scenarios: aclScenarios, defaults: {}, parallel };
    default:
      return { scenarios, defaults: {}, parallel };
  }
}

/** `node sdk-child.js <namesrv> <only> <table> [<java class path>]`: prints one line of JSON per scenario. */
async function main(namesrv: string, only: readonly string[], table: Table): Promise<void> {
  const run = `sdk${Date.now().toString(36)}`;
  const { scenarios: all, defaults } = table;
  const waiting = Object.entries(all).filter(([name]) => isSelected(name, only));
  const work = async (): Promise<void> => {
    for (let next = waiting.shift(); next !== undefined; next = waiting.shift()) {
      const name = next[0];
      const session = new Session(namesrv, `${run}-${name.replace('/', '-')}`, defaults);
      await runOne(session, name, next[1]);
    }
  };
  await Promise.all(Array.from({ length: table.parallel }, work));
}

async function runOne(session: Session, name: string, scenario: SdkScenario): Promise<void> {
  const facts = new Facts();
  const start = performance.now();
  const late = sleep(deadlineMs, 'late', { ref: false });
  try {
    if ((await Promise.race([scenario(session, facts), late])) === 'late') {
      facts.fail(`not finished within ${deadlineMs / 1000} s`);
    }
  } catch (error) {
    facts.fail(String(error));
    process.stderr.write(`${name}: ${error instanceof Error ? error.stack : String(error)}\n`);
  }
  const row: Row = { scenario: name, ok: facts.ok, detail: facts.detail, ms: Math.round(performance.now() - start) };
  process.stdout.write(`${JSON.stringify(row)}\n`);
  if ((await Promise.race([session.close(), sleep(closeMs, 'late', { ref: false })])) === 'late') {
    process.stderr.write(`${name}: its clients did not close within ${closeMs} ms\n`);
  }
}

const [namesrv = '', only = '', table = '', classPath = ''] = process.argv.slice(2);
await main(
  namesrv,
  only.split(',').filter((part) => part !== ''),
  tableOf(table, classPath),
);
