import { setTimeout as sleep } from 'node:timers/promises';
import { onsScenarios, type OnsScenario } from './ali-ons-scenarios.js';
import { Session } from './ali-ons-session.js';
import { isSelected, type Row } from './client.js';
import { Facts } from './facts.js';

const deadlineMs = 60_000;
const closeMs = 5000;

/** `node ali-ons-child.js <namesrv> <only>`: prints one line of JSON per scenario. */
async function main(namesrv: string, only: readonly string[]): Promise<void> {
  const run = `ons${Date.now().toString(36)}`;
  const selected = Object.entries(onsScenarios).filter(([name]) => isSelected(name, only));
  await Promise.all(selected.map(([name, scenario]) => runOne(namesrv, run, name, scenario)));
}

async function runOne(namesrv: string, run: string, name: string, scenario: OnsScenario): Promise<void> {
  const facts = new Facts();
  const session = new Session(namesrv, `${run}-${name.replace('/', '-')}`);
  const start = performance.now();
  const late = sleep(deadlineMs, 'late', { ref: false });
  try {
    if ((await Promise.race([scenario(session, facts), late])) === 'late') {
      facts.fail(`not finished within ${deadlineMs / 1000} s`);
    }
  } catch (error) {
    facts.fail(String(error));
  }
  const row: Row = { scenario: name, ok: facts.ok, detail: facts.detail, ms: Math.round(performance.now() - start) };
  process.stdout.write(`${JSON.stringify(row)}\n`);
  await Promise.race([session.close(), sleep(closeMs)]);
}

const [namesrv = '', only = ''] = process.argv.slice(2);
// Held pulls of closed consumers fail later; that is this client's way to end.
process.on('unhandledRejection', (error) => process.stderr.write(`unhandled: ${String(error)}\n`));
await main(
  namesrv,
  only.split(',').filter((part) => part !== ''),
);
process.exit(0);
