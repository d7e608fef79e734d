// A web page that is a RocketMQ client: it sends and receives over a WebSocket, nothing stands between it and the broker.
// `npm run example -- browser`, then open the address it prints; Ctrl-C ends it. With `--check` a headless Chromium is the visitor.
import { createServer } from 'node:http';
import type { AddressInfo } from 'node:net';
import { extname } from 'node:path';
import { fileURLToPath } from 'node:url';
import { RocketMQ } from '@cometmq/sdk';
import { build, type Rolldown } from 'vite';
import { withServer } from '../example-server.js';
import { missingBrowser, visit } from './check.js';

const TYPES: Readonly<Record<string, string>> = {
  '.html': 'text/html; charset=utf-8',
  '.js': 'text/javascript',
  '.css': 'text/css',
};

/** The page's files by their path, as the bundler made them. */
async function bundle(): Promise<Map<string, string | Uint8Array>> {
  const root = fileURLToPath(new URL('../../src/browser/', import.meta.url));
  const output = (await build({
    root,
    configFile: false,
    logLevel: 'warn',
    build: { write: false, target: 'es2023' },
  })) as Rolldown.RolldownOutput;
  return new Map(output.output.map((file) => [`/${file.fileName}`, file.type === 'chunk' ? file.code : file.source]));
}

/** The page must know where the broker is; everything else is static. */
const withAddress = (html: string, namesrv: string): string => html.replace('<html', `<html data-namesrv="${namesrv}"`);

const checks = process.argv.includes('--check');
const missing = checks ? missingBrowser() : undefined;
if (missing !== undefined) {
  console.error(missing);
  process.exit(2);
}
const files = await bundle();
await withServer(async (given) => {
  const namesrv = given.includes('://') ? given : `ws://${given}`;
  // A topic comes into being with its first message; pages read from there on.
  {
    await using mq = await RocketMQ.connect({ namesrv });
    await mq.producer().send('browser-notes', { text: 'the first note', sentAt: Date.now() });
  }
  const server = createServer((request, response) => {
    const path = request.url === '/' ? '/index.html' : (request.url ?? '').split('?', 1)[0]!;
    const file = files.get(path);
    if (file === undefined) return void response.writeHead(404).end();
    const body = path === '/index.html' ? withAddress(String(file), namesrv) : file;
    response.writeHead(200, { 'content-type': TYPES[extname(path)] ?? 'application/octet-stream' }).end(body);
  });
  await new Promise<void>((resolve) => server.listen(Number(process.env['PORT'] ?? 0), '127.0.0.1', resolve));
  const url = `http://127.0.0.1:${(server.address() as AddressInfo).port}/`;
  try {
    if (checks) {
      await visit(url);
    } else {
      console.log(`open ${url} (the broker is at ${namesrv}); Ctrl-C ends it`);
      await new Promise<void>((resolve) => process.once('SIGINT', resolve).once('SIGTERM', resolve));
    }
  } finally {
    server.closeAllConnections();
    await new Promise((resolve) => server.close(resolve));
  }
});
