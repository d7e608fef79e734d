// One JavaScript file per entry point of a package, and one chunk for what several of them share (docs/adr/0008).
import { readdirSync, readFileSync, rmSync } from 'node:fs';
import { join } from 'node:path';
import { rolldown } from 'rolldown';

const SOURCE = '@cometmq/source';
/** The few lines that decorators become calls of. rolldown brings them along. */
const HELPERS = '@oxc-project';

/** Sources behind `exports` and `imports`, whatever conditions stand around them. */
function sourcesOf(target) {
  if (target === null || typeof target !== 'object') return [];
  return Object.entries(target).flatMap(([condition, inner]) => (condition === SOURCE ? [inner] : sourcesOf(inner)));
}

/** The entry points of a package: `./src/node/index.ts` is `node/index`, its place in dist is that of its declaration. */
export function entriesOf(folder) {
  const manifest = JSON.parse(readFileSync(join(folder, 'package.json'), 'utf8'));
  const doors = [...sourcesOf(manifest.exports), ...sourcesOf(manifest.imports)];
  return [...new Set(doors.map((source) => source.replace(/^\.\/src\/(.*)\.ts$/, '$1')))];
}

/** Node reads and compiles a file of ASCII faster: one character beyond Latin-1 doubles every other one. */
const ascii = {
  name: 'ascii',
  renderChunk: (code) => ({
    code: code.replace(/[^\0-\x7f]/g, (unit) => `\\u${unit.charCodeAt(0).toString(16).padStart(4, '0')}`),
    map: null,
  }),
};

/** Writes the JavaScript of a package's dist; the declarations are tsc's. */
export async function bundlePackage(folder) {
  const bundle = await rolldown({
    cwd: folder,
    input: Object.fromEntries(entriesOf(folder).map((entry) => [entry, `src/${entry}.ts`])),
    // Another package is never copied in: its classes must be the same ones for everybody.
    external: (id) => !/^([./]|[A-Za-z]:)/.test(id) && !id.includes(HELPERS),
    platform: 'neutral',
    // Decorators and their metadata as the package's tsconfig.json says, which rolldown reads.
    transform: { target: 'es2023' },
    resolve: { extensionAlias: { '.js': ['.ts'] } },
    preserveEntrySignatures: 'strict',
    plugins: [ascii],
  });
  const { output } = await bundle.write({
    dir: join(folder, 'dist'),
    format: 'esm',
    entryFileNames: '[name].js',
    chunkFileNames: 'chunks/[name].js',
    // One chunk, not one for each set of entries that share something: every file costs a start about a millisecond. What
    // needs Node stays apart from what runs in a browser.
    codeSplitting: {
      groups: [
        { name: 'node-shared', test: /\/src\/node\//, minShareCount: 2, priority: 1 },
        { name: 'shared', minShareCount: 2 },
      ],
    },
    sourcemap: true,
    minify: false,
    // The declarations carry them for editors; here they would only be read past at every start.
    comments: { jsdoc: false },
  });
  await bundle.close();
  removeOthers(
    join(folder, 'dist'),
    output.map(({ fileName }) => fileName),
  );
}

/** What an earlier build left: nothing may load it, and it would travel in the package. */
function removeOthers(dist, written) {
  for (const file of readdirSync(dist, { recursive: true, encoding: 'utf8' })) {
    const name = file.replaceAll('\\', '/');
    if (/\.js(\.map)?$/.test(name) && !written.includes(name)) rmSync(join(dist, file));
  }
}
