import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { parseRow, type Client, type Row, type Target } from './client.js';
import { classPath, type MavenModule } from './maven.js';
import { Program } from './program.js';
import type { ServerKind } from './server.js';

const runDeadlineMs = 10 * 60_000;

/** Our own SDK in a process of its own; it has to end by itself, so a timer that is left behind is seen. */
export const sdkTcpClient: Client = {
  name: 'sdk-tcp',
  needsJava: false,
  run: (target, onRow) => run('tcp', target, onRow),
};

/** The same over WebSocket, which Apache's servers do not speak: there the rows over TCP are the measure. */
export const sdkWsClient: Client = {
  name: 'sdk-ws',
  needsJava: false,
  standIn: { server: 'apache', client: sdkTcpClient },
  run: (target, onRow) => run('ws', target, onRow),
};

/** Our SDK and an official Java client on the same topics and in the same groups. */
export function sdkWithJava(name: string, module: MavenModule): Client {
  return {
    name,
    needsJava: true,
    run: async (target, onRow) => run('tcp', target, onRow, ['cross', await classPath(module)]),
  };
}

/** Our SDK with and without credentials, on servers that want them. */
export function sdkAclClient(on: Readonly<Record<string, ServerKind>>): Client {
  return { name: 'sdk-acl', needsJava: true, on, run: (target, onRow) => run('tcp', target, onRow, ['acl']) };
}

/** `table` says which scenarios, and what else they need. */
async function run(
  scheme: 'tcp' | 'ws',
  target: Target,
  onRow: (row: Row) => void,
  table: readonly string[] = ['sdk'],
): Promise<void> {
  const home = mkdtempSync(join(tmpdir(), `cometmq-conformance-sdk-${scheme}-`));
  const log = join(home, 'client.log');
  const script = fileURLToPath(new URL('sdk-child.js', import.meta.url));
  const args = [script, `${scheme}://${target.namesrv}`, target.only.join(',')];
  let failed = false;
  const program = Program.start(process.execPath, [...args, ...table], {
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
    throw new Error(`the SDK's process ended with ${end}: see ${log}`);
  }
  if (failed) {
    process.stderr.write(`log of the SDK: ${log}\n`);
  } else {
    rmSync(home, { recursive: true, force: true });
  }
}
