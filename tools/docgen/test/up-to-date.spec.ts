import { join } from 'node:path';
import { describe, expect, it } from 'vitest';
import { configurationPage } from '../src/configuration-page.js';
import { requestsPage } from '../src/requests-page.js';
import { settingsModule } from '../src/settings-interface.js';
import { settingsInterfaces } from '../src/settings-interfaces.js';

const root = join(import.meta.dirname, '../../..');
const written: Readonly<Record<string, () => string>> = {
  'docs/configuration.md': configurationPage,
  'docs/requests.md': () => requestsPage(join(root, 'packages/sdk/src')),
  ...Object.fromEntries(
    Object.entries(settingsInterfaces).map(([path, description]) => [path, () => settingsModule(description)]),
  ),
};

/** `npm run docs` runs this file with the leave to write. */
describe('what is written from the code is up to date', () => {
  it.each(Object.entries(written))('%s', async (path, text) => {
    await expect(text(), 'run `npm run docs`').toMatchFileSnapshot(join(root, path));
  });
});
