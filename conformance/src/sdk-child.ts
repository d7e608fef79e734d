import { setTimeout as sleep } from 'node:timers/promises';
import { stringCodec } from '@cometmq/sdk';
import { isSelected, type Row } from './client.js';
import { Facts } from './facts.js';
import { clientScenarios } from './sdk-client.js';
import { crossScenarios } from './sdk-cross.js';
import { decoratorScenarios } from './sdk-decorators.js';
import { offsetScenarios } from './sdk-offsets.js';
import { pullScenarios } from './sdk-pull.js';
import { pushScenarios } from './sdk-push.js';
import { rebalanceScenarios } from './sdk-rebalance.js';
import { retryScenarios } from './sdk-retry.js';
import { sendScenarios } from './sdk-send.js';
import { type SdkScenario, Session } from './sdk-session.js';
import { streamScenarios } from './sdk-stream.js';

const deadlineMs = 60_000;
const closeMs = 5000;
const parallel = 8;

/** The slow ones first. */
const scenarios: Readonly<Record<string, SdkScenario>> = {
  ...rebalanceScenarios,
  ...retryScenarios,
  ...decoratorScenarios,
  ...pushScenarios,
  ...clientScenarios,
  ...sendScenarios,
  ...offsetScenarios,
  ...streamScenarios,
  ...pullScenarios,
};

/** `node sdk-child.js <namesrv> <only> [<java class path>]`: prints one line of JSON per scenario. */
async function main(namesrv: string, only: readonly string[], classPath: string | undefined): Promise<void> {
  const run = `sdk${Date.now().toString(36)}`;
  const all = classPath === undefined ? scenarios : crossScenarios(classPath);
  // A Java program reads texts as they are, not as JSON.
  const defaults = classPath === undefined ? {} : { codec: stringCodec };
  const waiting = Object.entries(all).filter(([name]) => isSelected(name, only));
  const work = async (): Promise<void> => {
    for (let next = waiting.shift(); next !== undefined; next = waiting.shift()) {
      const name = next[0];
      const session = new Session(namesrv, `${run}-${name.replace('/', '-')}`, defaults);
      await runOne(session, name, next[1]);
    }
  };
  await Promise.all(Array.from({ length: classPath === undefined ? parallel : 2 }, work));
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

const [namesrv = '', only = '', classPath] = process.argv.slice(2);
await main(
  namesrv,
  only.split(',').filter((part) => part !== ''),
  classPath,
);
