#!/usr/bin/env node
const program = new URL('../dist/index.js', import.meta.url);
let cli;
try {
  cli = await import(program.href);
} catch (error) {
  if (error.code !== 'ERR_MODULE_NOT_FOUND' || error.url !== program.href) throw error;
  process.stderr.write('cometmq is not built yet: run `npm run build` in the checkout first.\n');
  process.exit(1);
}
await cli.main(process.argv);
