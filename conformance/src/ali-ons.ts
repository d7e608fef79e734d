import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { parseRow, type Client, type Row, type Target } from './client.js';
import { Program } from './program.js';

const runDeadlineMs = 5 * 60_000;

/** npm's `ali-ons`, in a process of its own: it leaves timers and connections behind. */
export const aliOnsClient: Client = { name: 'ali-ons', needsJava: false, run };

async function run(target: Target, onRow: (row: Row) => void): Promise<void> {
  const home = mkdtempSync(join(tmpdir(), 'cometmq-conformance-ali-ons-'));
  const log = join(home, 'client.log');
  const script = fileURLToPath(new URL('ali-ons-child.js', import.meta.url));
  let failed = false;
  const program = Program.start(process.execPath, [script, target.namesrv, target.only.join(',')], {
    cwd: home,
    env: { HOME: home },
    log,
    onLine: (line) => {
      const row = parseRow(line);
      if (row) {
        failed ||= !row.ok;
        onRow(row);
      }
    },
  });
  const end = await program.finish(runDeadlineMs);
  if (end !== 0) {
    throw new Error(`ali-ons ended with ${end}: see ${log}`);
  }
  if (failed) {
    process.stderr.write(`log of ali-ons: ${log}\n`);
  } else {
    rmSync(home, { recursive: true, force: true });
  }
}
