// Finds a handler that is not idempotent, by seeds, and shows that its fix holds. `npm run example -- fault-lab`
import { experiment } from './experiment.js';
import { CarefulLedger, CarelessLedger, type Ledger } from './ledgers.js';

const SEEDS = Number(process.env['SEEDS'] ?? 20);

/** The first seed with which the ledger is wrong. */
async function search(name: string, ledger: () => Ledger): Promise<number | undefined> {
  for (let seed = 1; seed <= SEEDS; seed += 1) {
    const { wrong, hits } = await experiment(ledger(), seed);
    if (wrong.length === 0) continue;
    console.log(`${name}: wrong with seed ${seed}: ${wrong.join('; ')}`);
    for (const { at, kind, message, broker } of hits)
      console.log(`  ${at.toISOString().slice(11, 23)} ${kind.padEnd(12)} ${message?.keys.join() ?? broker}`);
    return seed;
  }
  console.log(`${name}: right with all ${SEEDS} seeds`);
  return undefined;
}

const found = await search('careless ledger', () => new CarelessLedger());
if (found === undefined) throw new Error('the careless ledger was not found out');
const again = await experiment(new CarelessLedger(), found);
if (again.wrong.length === 0) throw new Error(`seed ${found} does not find it again`);
if ((await search('careful ledger', () => new CarefulLedger())) !== undefined) throw new Error('the fix does not hold');
