import { existsSync, mkdtempSync, rmSync } from 'node:fs';
import { createServer, type Server } from 'node:http';
import type { AddressInfo } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { RocketMQ, stringCodec } from '@cometmq/sdk';
import { startStandalone, type StandaloneServer } from '@cometmq/standalone';
import { type BrowserContext, chromium, type Page } from 'playwright-core';
import { bundlePage } from './bundle.js';
import type { PageGlobals } from './page.js';
import type { Driver } from './environment.js';

const chromiumPath = process.env['CHROMIUM'] ?? '/usr/bin/chromium';
const scenarioMs = 120_000;
const flags = [
  '--headless',
  '--no-sandbox',
  '--disable-gpu',
  '--disable-quic',
  '--no-first-run',
  '--disable-background-networking',
  '--disable-component-update',
  '--disable-sync',
];
const say = (line: string): void => void process.stdout.write(`${line}\n`);

/** A server that can be stopped and started in its place. */
class Cluster {
  #server: StandaloneServer | undefined;
  #port = 0;

  constructor(private readonly storeDir: string) {}

  async start(): Promise<void> {
    this.#server = await startStandalone({ host: '127.0.0.1', port: this.#port, storeDir: this.storeDir });
    this.#port = Number(this.address.split(':').at(-1));
  }

  async stop(): Promise<void> {
    const server = this.#server;
    this.#server = undefined;
    await server?.close();
  }

  get address(): string {
    return this.#server?.namesrv ?? `127.0.0.1:${this.#port}`;
  }
}

async function serve(script: string): Promise<Server> {
  const server = createServer((request, response) => {
    if (request.url === '/page.js') response.writeHead(200, { 'content-type': 'text/javascript' }).end(script);
    else
      response
        .writeHead(200, { 'content-type': 'text/html' })
        .end('<!doctype html><link rel="icon" href="data:,"><script src="/page.js"></script>');
  });
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  return server;
}

/** What the page may ask for. */
function driverOf(cluster: Cluster, browser: BrowserContext, url: string): Driver {
  let tab: Page | undefined;
  return {
    async sendFromNode(topic, text) {
      await using mq = await RocketMQ.connect({ namesrv: cluster.address, codec: stringCodec });
      await mq.producer().send(topic, text);
    },
    async receiveInNode(topic, count) {
      await using mq = await RocketMQ.connect({ namesrv: cluster.address, codec: stringCodec });
      const got = new Map<string, { text: string; compressed: boolean }>();
      const consumer = mq.pushConsumer({ group: `node-${topic}`, consumeFrom: 'first' });
      const all = new Promise<void>((resolve) => {
        consumer.subscribe<string>(topic, (message) => {
          const { record } = message as unknown as { readonly record: { readonly body: Uint8Array } };
          got.set(message.msgId, { text: message.body, compressed: record.body.length < message.raw.length });
          if (got.size === count) resolve();
        });
      });
      await consumer.start();
      await all;
      return [...got.values()];
    },
    stopServer: () => cluster.stop(),
    startServer: () => cluster.start(),
    async openTab(topic, group) {
      tab = await browser.newPage();
      await tab.goto(url);
      await tab.evaluate(
        ([namesrv, ...names]) => (globalThis as unknown as PageGlobals).join(namesrv!, names[0]!, names[1]!),
        [`ws://${cluster.address}`, topic, group],
      );
    },
    async closeTab() {
      await tab?.close();
    },
  };
}

/** Runs every scenario, or those whose name contains a word given; the exit code. */
async function runAll(page: Page, cluster: Cluster, only: readonly string[]): Promise<number> {
  let broken = 0;
  page.on('pageerror', (error) => {
    broken++;
    say(`FAIL an error nobody caught in the page: ${error.stack ?? error.message}`);
  });
  const names = await page.evaluate(() => (globalThis as unknown as PageGlobals).scenarioNames);
  const chosen = names.filter((name) => only.length === 0 || only.some((word) => name.includes(word)));
  let failed = 0;
  for (const name of chosen) {
    const start = performance.now();
    const call = page.evaluate(
      ([which, namesrv]) => (globalThis as unknown as PageGlobals).runScenario(which!, namesrv!),
      [name, `ws://${cluster.address}`],
    );
    const late = new Promise<string>((resolve) =>
      setTimeout(resolve, scenarioMs, `not done after ${scenarioMs / 1000} s`).unref(),
    );
    const problem = await Promise.race([call.catch(String), late]);
    say(`${problem === undefined ? 'ok  ' : 'FAIL'} ${name} (${Math.round(performance.now() - start)} ms)`);
    if (problem === undefined) continue;
    failed++;
    say(problem.replace(/^/gm, '     '));
  }
  say(`${chosen.length - failed} passed, ${failed + broken} failed`);
  return chosen.length > 0 && failed + broken === 0 ? 0 : 1;
}

/** The whole test; its exit code. */
export async function main(only: readonly string[]): Promise<number> {
  if (!existsSync(chromiumPath)) {
    process.stderr.write(
      `There is no ${chromiumPath}. On Debian: apt-get install chromium (or set CHROMIUM to another one's path)\n`,
    );
    return 2;
  }
  const home = mkdtempSync(join(tmpdir(), 'cometmq-browser-'));
  const cluster = new Cluster(join(home, 'store'));
  let web: Server | undefined;
  let browser: BrowserContext | undefined;
  try {
    web = await serve(await bundlePage());
    await cluster.start();
    browser = await chromium.launchPersistentContext(join(home, 'profile'), {
      executablePath: chromiumPath,
      headless: true,
      args: flags,
    });
    const url = `http://127.0.0.1:${(web.address() as AddressInfo).port}/`;
    for (const [name, call] of Object.entries(driverOf(cluster, browser, url)))
      await browser.exposeFunction(name, call as () => unknown);
    const page = await browser.newPage();
    await page.goto(url);
    return await runAll(page, cluster, only);
  } finally {
    await browser?.close();
    web?.closeAllConnections();
    web?.close();
    await cluster.stop();
    rmSync(home, { recursive: true, force: true });
  }
}
