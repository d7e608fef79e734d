import { fileURLToPath } from 'node:url';
import { build, type Rolldown } from 'vite';

const directory = fileURLToPath(new URL('.', import.meta.url));

/** The page's program as one script, made from the sources as an application's bundler would make it from the package. */
export async function bundlePage(): Promise<string> {
  const result = (await build({
    root: directory,
    configFile: false,
    logLevel: 'warn',
    resolve: { conditions: ['@cometmq/source', 'browser', 'module', 'import', 'default'] },
    oxc: { decorator: { legacy: true } },
    build: {
      write: false,
      target: 'es2023',
      minify: false,
      rolldownOptions: { input: `${directory}page.ts`, output: { format: 'iife' } },
    },
  })) as Rolldown.RolldownOutput;
  const [script] = result.output;
  return script.code;
}
