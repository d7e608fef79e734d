// `node tools/bundle/build-up-to.mjs packages/cli`: that package and those it imports, as far as they are out of date. For
// tests of what is built that somebody runs alone; `npm run build` does the same for all, from nx's cache.
import { execFileSync } from 'node:child_process';
import { existsSync, readdirSync, readFileSync, statSync } from 'node:fs';
import { join, resolve } from 'node:path';
import { bundlePackage, entriesOf } from './bundle.mjs';

const root = resolve(import.meta.dirname, '../..');

/** Folders of a package and of all it imports, what is imported first. */
function line(folder, found = []) {
  if (found.includes(folder)) return found;
  const { dependencies = {} } = JSON.parse(readFileSync(join(folder, 'package.json'), 'utf8'));
  for (const name of Object.keys(dependencies)) {
    const next = join(root, 'packages', name.replace('@cometmq/', ''));
    if (name.startsWith('@cometmq/') && !found.includes(next)) line(next, found);
  }
  found.push(folder);
  return found;
}

const changedAt = (path) => statSync(path).mtimeMs;

function upToDate(folder) {
  const written = entriesOf(folder).map((entry) => join(folder, 'dist', `${entry}.js`));
  if (!written.every((path) => existsSync(path))) return false;
  const oldest = Math.min(...written.map(changedAt));
  const sources = readdirSync(join(folder, 'src'), { recursive: true, encoding: 'utf8' });
  return [join(folder, 'package.json'), ...sources.map((name) => join(folder, 'src', name))].every(
    (path) => changedAt(path) <= oldest,
  );
}

const target = resolve(root, process.argv[2] ?? '.');
execFileSync(process.execPath, [join(root, 'node_modules/typescript/bin/tsc'), '-b'], {
  cwd: target,
  stdio: 'inherit',
});
for (const folder of line(target)) if (!upToDate(folder)) await bundlePackage(folder);
