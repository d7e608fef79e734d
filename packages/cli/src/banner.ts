/** What a person wants to see after a start: where it listens, and how to send a first message. */
export function startBanner(options: {
  readonly address: string;
  readonly storeDir: string;
  readonly flushDiskType: string;
  readonly startedInMs: number;
}): string {
  const { address, storeDir, flushDiskType, startedInMs } = options;
  const flush =
    flushDiskType === 'SYNC_FLUSH'
      ? 'every acknowledged message is on disk'
      : 'acknowledged messages survive a crash of this process; power loss may cost the last 500 ms (flushDiskType=SYNC_FLUSH for none)';
  return `
CometMQ is up after ${startedInMs.toFixed(0)} ms
  name server, broker   ${address}   RocketMQ remoting over TCP and WebSocket
  health, metrics       http://${address}/health   /ready   /metrics
  store                 ${storeDir}   ${flush}

A first message:
  import { RocketMQ } from '@cometmq/sdk';
  await using mq = await RocketMQ.connect({ namesrv: '${address}' });
  console.log(await mq.producer().send('orders', { id: 1 }));

`;
}
