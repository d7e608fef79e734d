import { type RemotingCommand, sendBatchMessage, sendMessageV2 } from '@cometmq/protocol';
import { describe, expect, it } from 'vitest';
import { ClientInstance } from '../../src/client/client-instance.js';
import { DefaultProducer } from '../../src/producer/default-producer.js';
import { FakeCluster } from '../fake-cluster.js';
import { decodeFrame, frameBytes, goldenFrames } from '../../../../tools/golden-reader/golden-wire.js';

function captured(code: number, version: number): RemotingCommand[] {
  return goldenFrames
    .filter(
      (frame) =>
        frame.code === code && frame.kind === 'request' && frame.language === 'JAVA' && frame.version === version,
    )
    .filter(({ scenario }) => /sync send|batch/.test(scenario) && !/signed/.test(scenario))
    .map((frame) => decodeFrame(frameBytes(frame)));
}

describe('what goes over the wire', () => {
  it('has the fields of Apache’s client, in both kinds of request', async () => {
    const cluster = new FakeCluster().broker('a', 'a:10911').topic('t', [{ name: 'a', queues: 1 }]);
    const instance = new ClientInstance({ namesrv: 'memory://ns:9876' }, cluster.ports);
    await cluster.run(instance.start());
    const producer = new DefaultProducer({ instance });
    await cluster.run(producer.send('t', 1));
    await cluster.run(producer.sendBatch([{ topic: 't', body: 1 }]));
    for (const [at, definition] of [sendMessageV2, sendBatchMessage].entries()) {
      const frames = captured(definition.code, 479);
      expect(frames.length).toBeGreaterThan(0);
      const ours = cluster.sends[at]!.fields;
      for (const { fields } of frames) expect(Object.keys(ours).sort()).toEqual(Object.keys(fields ?? {}).sort());
      for (const key of ['c', 'd', 'f', 'h', 'j', 'k', 'm']) expect(ours[key]).toBe(frames[0]!.fields![key]);
    }
    await cluster.run(instance.close());
    await cluster.close();
  });
});
