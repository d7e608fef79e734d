import { spawn } from 'node:child_process';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { randomInt, seededRandom, silentLogger } from '@cometmq/runtime';
import { nodePorts } from '@cometmq/runtime/node';
import { build } from 'rolldown';
import { describe, expect, it } from 'vitest';
import { openMessageStore } from '../src/message-store.js';
import { inTemporaryDirectory } from './fixtures/golden.js';
import { STORE_HOST, textOf } from './fixtures/messages.js';

const ROUNDS = 20;

/** One file of JavaScript that the plain node can run. */
async function bundle(directory: string): Promise<string> {
  const file = join(directory, 'crash-child.mjs');
  await build({
    input: fileURLToPath(new URL('./fixtures/crash-child.ts', import.meta.url)),
    platform: 'node',
    logLevel: 'silent',
    resolve: {
      conditionNames: ['@cometmq/source', 'import', 'node', 'default'],
      extensionAlias: { '.js': ['.ts', '.js'] },
    },
    output: { file, format: 'esm' },
  });
  return file;
}

/** Runs the child until it is killed, `afterMs` after it has opened its store; gives the whole lines that it printed. */
function runAndKill(program: string, args: readonly string[], afterMs: number): Promise<string[]> {
  return new Promise((resolve, reject) => {
    const child = spawn(process.execPath, [program, ...args], { stdio: ['ignore', 'pipe', 'pipe'] });
    let printed = '';
    let errors = '';
    child.stderr.setEncoding('utf8').on('data', (text: string) => (errors += text));
    child.stdout.setEncoding('utf8').on('data', (text: string) => {
      if (printed === '') setTimeout(() => child.kill('SIGKILL'), afterMs);
      printed += text;
    });
    child.on('error', reject);
    child.on('close', (_, signal) => {
      if (signal !== 'SIGKILL') return reject(new Error(`the child ended by itself: ${errors}`));
      resolve(printed.slice(0, printed.lastIndexOf('\n')).split('\n').slice(1));
    });
  });
}

describe('a process that is killed while it stores messages', () => {
  it(`loses nothing that it acknowledged, ${ROUNDS} times over`, async () => {
    const random = seededRandom(42);
    await inTemporaryDirectory(async (temporary) => {
      const program = await bundle(temporary);
      const directory = join(temporary, 'store');
      let total = 0;
      let acked: string[] = [];
      for (let round = 0; round < ROUNDS; round++) {
        acked.push(...(await runAndKill(program, [directory, `r${round}`], randomInt(random, 60))));
        // Every other time the next child finds the store as the killed one left it.
        if (round % 2 === 0) continue;
        total += acked.length;
        const store = openMessageStore(
          {
            storePathRootDir: directory,
            storeHost: STORE_HOST,
            mappedFileSizeCommitLog: 1 << 18,
            mappedFileSizeConsumeQueue: 4000,
            cleanResourceInterval: 0,
          },
          nodePorts({ logger: silentLogger }),
        );
        await store.start();
        const lost: string[] = [];
        for (const line of acked) {
          const [topic, queueId, queueOffset, text] = line.split(' ') as [string, string, string, string];
          const entry = await store.entryAt(topic, Number(queueId), Number(queueOffset));
          const record = entry && (await store.recordAt(entry.physicalOffset));
          if (record === undefined || textOf(record) !== text) lost.push(line);
        }
        expect(lost).toEqual([]);
        acked = [];
        await store.close();
      }
      expect(total).toBeGreaterThan(ROUNDS);
    });
  }, 60_000);
});
