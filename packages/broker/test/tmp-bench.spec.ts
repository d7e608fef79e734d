import { mkdtempSync, rmSync } from 'node:fs';
import { sendMessageV2, pullMessage } from '@cometmq/protocol';
import { Connection, RemotingServer } from '@cometmq/remoting';
import { silentLogger } from '@cometmq/runtime';
import { nodePorts } from '@cometmq/runtime/node';
import { it } from 'vitest';
import { Session } from 'node:inspector/promises';
import { Broker } from '../src/index.js';
import { pullHeader, sendHeader } from './broker-harness.js';
it('bench', async () => {
  const dir = mkdtempSync('/tmp/brk');
  const ports = nodePorts({ logger: silentLogger });
  const broker = new Broker({ storePathRootDir: dir, store: { mappedFileSizeCommitLog: 1 << 28 } }, ports);
  await broker.start();
  const server = new RemotingServer({ processors: broker.processors }, ports);
  const listener = await ports.acceptor.listen({ host: '127.0.0.1', port: 0 }, { accept: (c) => server.accept(c) });
  const channel = await ports.dialers.tcp!.connect(listener.address, { timeoutMs: 1000 });
  const conn = new Connection(channel, { request() {} }, ports, { inFlight: { maxRequests: 4096 } });
  const body = new Uint8Array(1024).fill(65);
  const N = 200_000;
  const h = sendHeader('Bench', Date.now(), { properties: 'KEYS\u0001k1\u0002UNIQ_KEY\u0001FD000000000000000000000000000002241730946E09685F4B280004\u0002WAIT\u0001true\u0002TAGS\u0001TagA\u0002' });
  const session = new Session(); session.connect(); await session.post('Profiler.enable');
  for (const round of [1, 2, 3]) {
    if (round === 3) await session.post('Profiler.start');
    const t = performance.now();
    let sent = 0, done = 0;
    await new Promise<void>((resolve, reject) => {
      const go = () => { while (sent < N && sent - done < 1024) { sent++; conn.request(sendMessageV2, h, { body, timeoutMs: 30000 }).then((a) => { if (a.code) reject(new Error(a.remark)); done++; if (done === N) resolve(); else if ((done & 63) === 0) go(); }, reject); } };
      go();
    });
    console.log('send', round, Math.round(N / (performance.now() - t) * 1000), 'msg/s');
  }
  const { profile } = await session.post('Profiler.stop');
  const dt = profile.timeDeltas!, self = new Map<string, number>(); const byId = new Map(profile.nodes.map((n) => [n.id, n]));
  profile.samples!.forEach((id, i) => { const n = byId.get(id)!; const k = n.callFrame.functionName + ' ' + n.callFrame.url.split('/').slice(-2).join('/') + ':' + n.callFrame.lineNumber; self.set(k, (self.get(k) ?? 0) + dt[i]!); });
  const tot = [...self.values()].reduce((a, b) => a + b, 0);
  console.log([...self].sort((a, b) => b[1] - a[1]).slice(0, 40).map(([k, v]) => (v / tot * 100).toFixed(1) + '% ' + k).join('\n'));
  let off = 0, got = 0; const t = performance.now();
  while (got < N * 3) { const a = await conn.request(pullMessage, pullHeader('Bench', { queueOffset: off }), { timeoutMs: 30000 }); if (a.code) throw new Error(String(a.remark)); got += a.header!.nextBeginOffset - off; off = a.header!.nextBeginOffset; }
  console.log('pull', Math.round(got / (performance.now() - t) * 1000), 'msg/s one pull in flight, batches of', Math.round(got / 18750));
  let lat = performance.now(); for (let i = 0; i < 5000; i++) await conn.request(sendMessageV2, h, { body }); console.log('one by one', Math.round(5000 / (performance.now() - lat) * 1000));
  conn.close(); await server.close(); await listener.close(); await broker.close(); rmSync(dir, { recursive: true });
}, 120_000);
