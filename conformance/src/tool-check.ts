import { spawnSync } from 'node:child_process';

const packages = [
  { command: 'java', version: '-version', name: 'openjdk-17-jdk-headless' },
  { command: 'javac', version: '-version', name: 'openjdk-17-jdk-headless' },
  { command: 'mvn', version: '-version', name: 'maven' },
] as const;

/** The Debian packages that have to be installed before anything of Apache's can run. */
export function missingPackages(): string[] {
  const missing = packages.filter(
    ({ command, version }) => spawnSync(command, [version], { stdio: 'ignore' }).status !== 0,
  );
  return [...new Set(missing.map(({ name }) => name))];
}
