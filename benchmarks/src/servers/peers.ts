import { freePorts } from '@cometmq/conformance/dist/free-ports.js';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { ChildProgram } from '../process/child-program.js';
import { until } from '../process/until.js';
import { benchServer, type BenchServer, type Flush, makeHome, orStop } from './bench-server.js';
import { portAnswers } from './port-answers.js';

type Command = (directory: string, port: number) => readonly [string, ...string[]];

async function start(name: string, command: Command): Promise<BenchServer> {
  const home = makeHome(name);
  const port = await freePorts(1);
  const started = performance.now();
  const [program, ...args] = command(home.directory, port);
  const server = new ChildProgram(program, args, {
    cwd: home.directory,
    log: join(home.directory, 'logs', `${name}.out`),
  });
  return orStop([server], home, async () => {
    await until([server], () => portAnswers(port));
    return benchServer(`127.0.0.1:${port}`, performance.now() - started, [server], home);
  });
}

/** Redis with an append-only file; rewrites of that file and snapshots are off, which only helps its figures. */
export const startRedis = (flush: Flush): Promise<BenchServer> =>
  start('redis', (directory, port) => [
    'redis-server',
    ...['--port', String(port), '--bind', '127.0.0.1', '--dir', directory, '--save', ''],
    ...[
      '--appendonly',
      'yes',
      '--appendfsync',
      flush === 'sync' ? 'always' : 'everysec',
      '--auto-aof-rewrite-percentage',
      '0',
    ],
  ]);

/** JetStream with file storage as it is by default. */
export const startNats = (): Promise<BenchServer> =>
  start('nats', (directory, port) => [
    'nats-server',
    '-a',
    '127.0.0.1',
    '-p',
    String(port),
    '-js',
    '-sd',
    join(directory, 'store'),
  ]);

/** The least that two Node processes need for a question and an answer. */
export const startBare = (): Promise<BenchServer> =>
  start('bare', (_, port) => [process.execPath, fileURLToPath(new URL('bare-tcp.js', import.meta.url)), String(port)]);
