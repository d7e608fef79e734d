import { spawnSync } from 'node:child_process';
import { availableParallelism, totalmem } from 'node:os';

export interface MachineFacts {
  readonly cores: number;
  readonly memoryGiB: number;
  readonly node: string;
  readonly java: string;
  readonly redis: string;
  readonly nats: string;
}

function versionOf(command: string, args: readonly string[]): string {
  const { stdout, stderr } = spawnSync(command, args, { encoding: 'utf8' });
  return /\d+(?:\.\d+)+/.exec(`${stdout ?? ''}${stderr ?? ''}`)?.[0] ?? 'none';
}

/** What figures depend on; nothing that names the machine. */
export function machineFacts(): MachineFacts {
  return {
    cores: availableParallelism(),
    memoryGiB: Math.round(totalmem() / 2 ** 30),
    node: process.versions.node,
    java: versionOf('java', ['-version']),
    redis: versionOf('redis-server', ['--version']),
    nats: versionOf('nats-server', ['--version']),
  };
}
