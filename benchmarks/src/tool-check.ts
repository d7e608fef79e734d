import { spawnSync } from 'node:child_process';

const tools = [
  { group: 'apache', command: 'java', version: '-version', debian: 'openjdk-17-jdk-headless' },
  { group: 'apache', command: 'javac', version: '-version', debian: 'openjdk-17-jdk-headless' },
  { group: 'apache', command: 'mvn', version: '-version', debian: 'maven' },
  { group: 'peers', command: 'redis-server', version: '--version', debian: 'redis-server' },
  { group: 'peers', command: 'nats-server', version: '--version', debian: 'nats-server' },
] as const;

/** The Debian packages that are missing for these groups of cases. */
export function missingPackages(groups: readonly string[]): string[] {
  const missing = tools.filter(
    ({ group, command, version }) =>
      groups.includes(group) && spawnSync(command, [version], { stdio: 'ignore' }).status !== 0,
  );
  return [...new Set(missing.map(({ debian }) => debian))];
}
