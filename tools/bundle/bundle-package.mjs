// `node ../../tools/bundle/bundle-package.mjs` in a package's folder, after `tsc -b` wrote the declarations: one JavaScript
// file per entry point, and chunks for what several of them share (docs/adr/0008).
import { readdirSync, readFileSync, rmSync } from 'node:fs';
import { join } from 'node:path';
import { rolldown } from 'rolldown';

const SOURCE = '@cometmq/source';

/** Sources behind `exports` and `imports`, whatever conditions stand around them. */
function sourcesOf(target) {
  if (target === null || typeof target !== 'object') return [];
  return Object.entries(target).flatMap(([condition, inner]) => (condition === SOURCE ? [inner] : sourcesOf(inner)));
}

/** `./src/node/index.ts` is the entry `node/index`: its place in dist is that of its declaration. */
const entryOf = (source) => source.replace(/^\.\/src\/(.*)\.ts$/, '$1');

const manifest = JSON.parse(readFileSync('package.json', 'utf8'));
const entries = [...sourcesOf(manifest.exports), ...sourcesOf(manifest.imports)].map(entryOf);

/** Node reads and compiles a file of ASCII faster: one character beyond Latin-1 doubles every other one. */
const ascii = {
  name: 'ascii',
  renderChunk: (code) => ({
    code: code.replace(/[^\0-\x7f]/g, (unit) => `\\u${unit.charCodeAt(0).toString(16).padStart(4, '0')}`),
    map: null,
  }),
};

const bundle = await rolldown({
  input: Object.fromEntries(entries.map((entry) => [entry, `src/${entry}.ts`])),
  // Another package is never copied in: its classes must be the same ones for everybody.
  external: (id) => !/^[./]/.test(id) && !/^[A-Za-z]:/.test(id),
  platform: 'neutral',
  transform: { target: 'es2023' },
  resolve: { extensionAlias: { '.js': ['.ts'] } },
  preserveEntrySignatures: 'strict',
  plugins: [ascii],
});
const { output } = await bundle.write({
  dir: 'dist',
  format: 'esm',
  entryFileNames: '[name].js',
  chunkFileNames: 'chunks/[name].js',
  sourcemap: true,
  minify: false,
  // One chunk, not one for each set of entries that share something: every file costs a start about a millisecond.
  codeSplitting: { groups: [{ name: 'shared', minShareCount: 2 }] },
  // The declarations carry them for editors; here they would only be read past at every start.
  comments: { jsdoc: false },
});
await bundle.close();

// What an earlier build left: nothing may load it, and it would travel in the package.
const written = new Set(output.map(({ fileName }) => fileName));
for (const file of readdirSync('dist', { recursive: true, encoding: 'utf8' })) {
  const name = file.replaceAll('\\', '/');
  if (/\.js(\.map)?$/.test(name) && !written.has(name)) rmSync(join('dist', file));
}
