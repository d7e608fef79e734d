// `npm run test:browser [-- words of scenarios]`: the SDK in a real browser. Runs main.ts from the sources.
import { fileURLToPath } from 'node:url';
import { runnerImport } from 'vite';

const { module } = await runnerImport(fileURLToPath(new URL('main.ts', import.meta.url)), {
  configFile: false,
  logLevel: 'warn',
  root: fileURLToPath(new URL('.', import.meta.url)),
  resolve: { conditions: ['@cometmq/source'] },
  ssr: { resolve: { conditions: ['@cometmq/source', 'module', 'node', 'development|production'] } },
  oxc: { target: 'es2023', decorator: { legacy: true, emitDecoratorMetadata: true } },
});
process.exitCode = await module.main(process.argv.slice(2));
