import { fileURLToPath } from 'node:url';
import { defineConfig, mergeConfig, type Plugin } from 'vitest/config';
import base from '../../vitest.base.js';

const here = fileURLToPath(new URL('./package.json', import.meta.url));

/** Sources and tests of @cometmq/nest name `@nestjs/…` and mean the version this workspace depends on, wherever npm has put it. */
const nest11: Plugin = {
  name: 'nest-11',
  enforce: 'pre',
  resolveId(source, importer) {
    if (!source.startsWith('@nestjs/') || importer === here) return null;
    return this.resolve(source, here, { skipSelf: true });
  },
};

export default mergeConfig(
  base,
  defineConfig({
    root: fileURLToPath(new URL('../../packages/nest-integration', import.meta.url)),
    plugins: [nest11],
    test: { isolate: false, env: { NEST_MAJOR: '11' }, exclude: ['test/nest12/**'] },
  }),
);
