import { createHash } from 'node:crypto';
import { existsSync, mkdirSync, readdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { ChildProgram } from '../process/child-program.js';

const javaDirectory = fileURLToPath(new URL('../../java', import.meta.url));
const cacheDirectory = fileURLToPath(new URL('../../.cache', import.meta.url));

/** Builds the Java load unless it is there already; returns its class path as `java -cp` wants it. */
export async function loadClassPath(): Promise<string> {
  const directory = join(cacheDirectory, 'load');
  const stampFile = join(cacheDirectory, 'load.stamp');
  const stamp = fingerprint();
  if (!existsSync(stampFile) || readFileSync(stampFile, 'utf8') !== stamp) {
    rmSync(directory, { recursive: true, force: true });
    mkdirSync(directory, { recursive: true });
    const log = join(cacheDirectory, 'load.log');
    const end = await new ChildProgram('mvn', ['-q', '-B', 'clean', 'package'], { cwd: javaDirectory, log }).ended;
    if (end !== '0') throw new Error(`mvn ended with ${end}: see ${log}`);
    writeFileSync(stampFile, stamp);
  }
  return join(directory, '*');
}

/** Changes whenever a build would give something else. */
function fingerprint(): string {
  const hash = createHash('sha256');
  const names = readdirSync(javaDirectory, { recursive: true, encoding: 'utf8' });
  for (const name of names.filter((file) => /\.(java|xml)$/.test(file)).toSorted()) {
    hash.update(readFileSync(join(javaDirectory, name)));
  }
  return hash.digest('hex');
}
