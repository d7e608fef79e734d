import { freePorts } from '@cometmq/conformance/dist/free-ports.js';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { ChildProgram } from '../process/child-program.js';
import { until } from '../process/until.js';
import { benchServer, type BenchServer, type Flush, makeHome, orStop } from './bench-server.js';
import { acceptsMessages } from './rocketmq-ready.js';

const command = fileURLToPath(new URL('../../../packages/cli/bin/cometmq.js', import.meta.url));

/** Flags for the server's Node, such as `--cpu-prof`. */
const nodeFlags = (): string[] =>
  (process.env['BENCH_SERVER_NODE_FLAGS'] ?? '').split(' ').filter((flag) => flag !== '');

/** Ours: name server and broker in one process on one port. */
export async function startComet(flush: Flush): Promise<BenchServer> {
  const home = makeHome('comet');
  const port = await freePorts(2);
  const address = `127.0.0.1:${port}`;
  const args = [
    'start',
    '--host',
    '127.0.0.1',
    '--port',
    String(port),
    '--store',
    join(home.directory, 'store'),
    '--log-level',
    'warn',
  ];
  const started = performance.now();
  const server = new ChildProgram(
    process.execPath,
    [...nodeFlags(), command, ...args, '--set', `flushDiskType=${flush === 'sync' ? 'SYNC_FLUSH' : 'ASYNC_FLUSH'}`],
    { cwd: home.directory, log: join(home.directory, 'logs', 'cometmq.out') },
  );
  return orStop([server], home, async () => {
    await until([server], () => acceptsMessages(address, address));
    return benchServer(address, performance.now() - started, [server], home);
  });
}
