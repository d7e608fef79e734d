import { createHash } from 'node:crypto';
import { existsSync, mkdirSync, readdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { cacheDirectory, roomDirectory } from './paths.js';
import { Program } from './program.js';

export type MavenModule = 'servers' | 'client-4.9.8' | 'client-5.3.3';

const javaDirectory = join(roomDirectory, 'java');
/** The first build fetches some 250 jars. */
const buildDeadlineMs = 15 * 60_000;

/** Makes the module's class path unless it is there already; returns it as `java -cp` wants it. */
export async function classPath(module: MavenModule): Promise<string> {
  const directory = join(cacheDirectory, module);
  const stampFile = join(cacheDirectory, `${module}.stamp`);
  const stamp = fingerprint(module);
  if (!existsSync(stampFile) || readFileSync(stampFile, 'utf8') !== stamp) {
    rmSync(stampFile, { force: true });
    rmSync(directory, { recursive: true, force: true });
    mkdirSync(directory, { recursive: true });
    await build(module);
    writeFileSync(stampFile, stamp);
  }
  return join(directory, '*');
}

async function build(module: MavenModule): Promise<void> {
  process.stderr.write(`building the class path of ${module} (the first time takes minutes)\n`);
  const log = join(cacheDirectory, `${module}.log`);
  rmSync(log, { force: true });
  const maven = Program.start('mvn', ['-q', '-B', '-pl', module, '-am', 'clean', 'package'], {
    cwd: javaDirectory,
    log,
  });
  const end = await maven.finish(buildDeadlineMs);
  if (end !== 0) {
    throw new Error(`mvn ended with ${end} for ${module}: see ${log}\n${readFileSync(log, 'utf8').slice(0, 4000)}`);
  }
}

/** Changes whenever a build would give something else. */
function fingerprint(module: MavenModule): string {
  const hash = createHash('sha256');
  const files = [join(javaDirectory, 'pom.xml'), join(javaDirectory, module, 'pom.xml')];
  if (module !== 'servers') {
    const sources = join(javaDirectory, 'scenarios');
    const names = readdirSync(sources, { recursive: true, encoding: 'utf8' });
    files.push(...names.filter((name) => name.endsWith('.java')).map((name) => join(sources, name)));
  }
  for (const file of files.toSorted()) {
    hash.update(readFileSync(file));
  }
  return hash.digest('hex');
}
