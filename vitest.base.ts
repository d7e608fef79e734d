import { defineConfig } from 'vitest/config';

/** Shared by every package: sources of sibling packages are used directly, decorators carry metadata. */
export default defineConfig({
  resolve: { conditions: ['@cometmq/source'] },
  ssr: { resolve: { conditions: ['@cometmq/source', 'module', 'node', 'development|production'] } },
  oxc: { decorator: { legacy: true, emitDecoratorMetadata: true } },
  test: { include: ['test/**/*.spec.ts'], environment: 'node', testTimeout: 60_000 },
});
