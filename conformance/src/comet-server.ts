import { existsSync, mkdirSync, mkdtempSync, readFileSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { freePorts } from './free-ports.js';
import { rootDirectory, tlsIdentity } from './paths.js';
import { Program } from './program.js';
import { brokerOptions, type Place, type Server, type ServerKind } from './server.js';

const command = join('packages', 'cli', 'bin', 'cometmq.js');
const startDeadlineMs = 30_000;
const stopGraceMs = 10_000;

/** Our server: name server and broker in one process on one port. */
export const cometServer: ServerKind = { name: 'comet', needsJava: false, start };

async function start(at?: Place): Promise<Server> {
  if (!existsSync(join(rootDirectory, command))) {
    throw new Error(`${command} does not exist: build the workspace first`);
  }
  const home = mkdtempSync(join(tmpdir(), 'cometmq-conformance-comet-'));
  const logs = join(home, 'logs');
  mkdirSync(logs);
  const port = await freePorts(1);
  const namesrv = `127.0.0.1:${port}`;
  const settings = Object.entries({ ...brokerOptions, ...at?.settings }).flatMap(([key, value]) => [
    '--set',
    `${key}=${value}`,
  ]);
  const place = ['--host', '127.0.0.1', '--port', String(port), '--store', at?.store ?? join(home, 'store')];
  const tls = ['--tls-cert', tlsIdentity.certificate, '--tls-key', tlsIdentity.key];
  const log = join(logs, 'cometmq.err');
  let program: Program | undefined;
  const ready = new Promise<void>((resolve, reject) => {
    program = Program.start(process.execPath, [command, 'start', ...place, ...tls, ...settings], {
      cwd: rootDirectory,
      log,
      onLine: (line) => {
        if (line.trim() === `ready ${namesrv}`) {
          resolve();
        }
      },
    });
    program.ended.then((end) => reject(new Error(`it ended with ${end}`)), reject);
    setTimeout(() => reject(new Error(`not ready after ${startDeadlineMs} ms`)), startDeadlineMs).unref();
  });
  try {
    await ready;
  } catch (error) {
    await program?.stop(stopGraceMs).catch(() => undefined);
    const said = readFileSync(log, 'utf8').trim().slice(-500);
    throw new Error(`our server did not start: see ${logs}${said === '' ? '' : `: ${said}`}`, { cause: error });
  }
  return {
    namesrv,
    broker: namesrv,
    logs,
    stop: (keep) => stop(program, home, keep),
    async kill() {
      await program?.kill();
      rmSync(home, { recursive: true, force: true });
    },
  };
}

async function stop(program: Program | undefined, home: string, keep: boolean): Promise<void> {
  const end = await program?.stop(stopGraceMs);
  if (!keep && end === 0) {
    rmSync(home, { recursive: true, force: true });
  }
  if (end !== 0) {
    throw new Error(`our server ended with ${end} instead of 0 after SIGTERM: see ${home}`);
  }
}
