// Uses the page as a visitor would, in a headless Chromium: `npm run example -- browser --check`.
import { existsSync, mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { chromium, type Page } from 'playwright-core';

const chromiumPath = process.env['CHROMIUM'] ?? '/usr/bin/chromium';
const flags = ['--headless', '--no-sandbox', '--disable-gpu', '--no-first-run', '--disable-background-networking'];

/** What has to be installed, or undefined. */
export function missingBrowser(): string | undefined {
  if (existsSync(chromiumPath)) return undefined;
  return `There is no ${chromiumPath}. On Debian: apt-get install chromium (or set CHROMIUM to another one's path)`;
}

/** Two windows are open; what the first one sends, both must show. */
export async function visit(url: string): Promise<void> {
  const profile = mkdtempSync(join(tmpdir(), 'cometmq-example-browser-'));
  const browser = await chromium.launchPersistentContext(profile, { executablePath: chromiumPath, args: flags });
  browser.setDefaultTimeout(60_000);
  try {
    const [first, second] = [await open(await browser.newPage(), url), await open(await browser.newPage(), url)];
    await first.fill('#text', 'a note from a window');
    await first.fill('#key', 'ada');
    await first.click('button[type=submit]');
    for (const page of [first, second])
      await page.locator('#messages li', { hasText: 'a note from a window' }).waitFor();
    console.log('a note sent in one window is in both');
    await first.click('#many');
    await first.locator('#sent', { hasText: '101' }).waitFor();
    for (const page of [first, second]) await page.locator('#messages li', { hasText: 'window 100' }).first().waitFor();
    console.log('and so is a batch of a hundred');
  } finally {
    await browser.close();
    rmSync(profile, { recursive: true, force: true });
  }
}

/** Connected, and its consumer has found the topic: it has shown a message. */
async function open(page: Page, url: string): Promise<Page> {
  page.on('pageerror', (error) => console.error(error));
  await page.goto(url);
  await page.locator('#state[data-state=connected]').waitFor();
  return page;
}
