import { execFileSync } from 'node:child_process';
import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join, resolve } from 'node:path';
import { beforeAll, onTestFinished } from 'vitest';
import { ServerProcess, type ServerProcessOptions } from '../src/server-process.js';

/** The command runs what was built. */
export function buildCommand(): void {
  beforeAll(() => {
    const root = resolve(import.meta.dirname, '../../..');
    execFileSync(process.execPath, [join(root, 'tools/bundle/build-up-to.mjs'), 'packages/cli']);
  }, 120_000);
}

export function temporaryStore(): string {
  const directory = mkdtempSync(join(tmpdir(), 'cometmq-crash-'));
  onTestFinished(() => rmSync(directory, { recursive: true, force: true }));
  return join(directory, 'store');
}

/** A server that is gone after the test, whatever becomes of it. */
export function serverProcess(options: ServerProcessOptions): ServerProcess {
  const server = new ServerProcess(options);
  onTestFinished(() => server.kill());
  return server;
}
