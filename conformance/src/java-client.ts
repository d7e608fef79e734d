import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { parseRow, type Client, type Row, type Target } from './client.js';
import { classPath, type MavenModule } from './maven.js';
import { Program } from './program.js';

/** Every scenario has its own deadline of a minute; this one is for a JVM that hangs. */
const runDeadlineMs = 10 * 60_000;

export interface JavaClientOptions {
  readonly module: MavenModule;
  /** Header encoding that the client uses. */
  readonly serialize: 'json' | 'rocketmq';
}

/** An official Java client in a JVM of its own. */
export function javaClient(name: string, options: JavaClientOptions): Client {
  return { name, needsJava: true, run: (target, onRow) => run(options, target, onRow) };
}

async function run(options: JavaClientOptions, target: Target, onRow: (row: Row) => void): Promise<void> {
  const jars = await classPath(options.module);
  const home = mkdtempSync(join(tmpdir(), 'cometmq-conformance-java-'));
  const log = join(home, 'client.log');
  // The client keeps its own logs and the offsets of broadcast consumers below user.home.
  const jvm = ['-Xmx512m', '-XX:+UseSerialGC', '-XX:TieredStopAtLevel=1', `-Duser.home=${home}`, '-cp', jars];
  const args = ['--namesrv', target.namesrv, '--serialize', options.serialize];
  if (target.only.length > 0) {
    args.push('--only', target.only.join(','));
  }
  let failed = false;
  const program = Program.start('java', [...jvm, 'org.cometmq.conformance.Main', ...args], {
    cwd: home,
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
    throw new Error(`the Java client ended with ${end}: see ${log}`);
  }
  if (failed) {
    process.stderr.write(`logs of the Java client: ${home}\n`);
  } else {
    rmSync(home, { recursive: true, force: true });
  }
}
