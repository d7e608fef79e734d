// The tests of one small service, with vitest and with jest. `npm run example -- testing`
import { spawnSync } from 'node:child_process';
import { createRequire } from 'node:module';
import { dirname, join } from 'node:path';
import { fileURLToPath } from 'node:url';

const require = createRequire(import.meta.url);
const home = fileURLToPath(new URL('../..', import.meta.url));
const bin = (packageName: string, file: string) => join(dirname(require.resolve(`${packageName}/package.json`)), file);

function run(name: string, args: readonly string[]): boolean {
  console.log(`-- ${name}`);
  const { status } = spawnSync(process.execPath, args, { cwd: home, stdio: 'inherit' });
  return status === 0;
}

const passed = [
  run('vitest', [bin('vitest', 'vitest.mjs'), 'run', '--root', 'src/testing/vitest', '--dir', 'src/testing/vitest']),
  // Jest runs the compiled tests as the ES modules they are.
  run('jest', [
    '--experimental-vm-modules',
    '--no-warnings',
    bin('jest', 'bin/jest.js'),
    '--rootDir',
    'dist/testing/jest',
    '--transform',
    '{}',
    '--testMatch',
    '**/*.spec.js',
    // In memory nothing listens anywhere: what is left open would be ours.
    '--detectOpenHandles',
  ]),
];
process.exitCode = passed.every(Boolean) ? 0 : 1;
