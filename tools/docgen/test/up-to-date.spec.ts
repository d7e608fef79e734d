import { join } from 'node:path';
import { describe, expect, it } from 'vitest';
import { settingsInterfaces } from '../src/settings-interfaces.js';
import { settingsModule } from '../src/settings-interface.js';

const root = join(import.meta.dirname, '../../..');

/** `npm run docs` is this file with the leave to write. */
describe('written from the code', () => {
  it.each(Object.entries(settingsInterfaces))('%s', async (path, description) => {
    await expect(settingsModule(description)).toMatchFileSnapshot(join(root, path));
  });
});
