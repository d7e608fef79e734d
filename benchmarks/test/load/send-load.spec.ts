import { describe, expect, it } from 'vitest';
import type { LoadClient } from '../../src/clients/load-client.js';
import { runConsume } from '../../src/load/consume-load.js';
import { runSends } from '../../src/load/send-load.js';

function fakeClient(send: () => Promise<unknown>): LoadClient {
  return {
    prepare: () => Promise.resolve(),
    send,
    sendBatch: send,
    discard: () => Promise.resolve(),
    consume: (_topic, _group, count, onMessage) => {
      for (let index = 0; index < count; index++) onMessage();
      return Promise.resolve();
    },
  };
}

describe('sends', () => {
  it('keep to the window and to the count', async () => {
    let open = 0;
    let most = 0;
    const client = fakeClient(async () => {
      most = Math.max(most, ++open);
      await new Promise((resolve) => setImmediate(resolve));
      open--;
    });
    const result = await runSends(client, { kind: 'send', topic: 't', size: 1, width: 7, ms: 60_000, count: 100 });
    expect(most).toBe(7);
    expect(result).toMatchObject({ messages: 100, errors: 0 });
  });
  it('count the messages of batches', async () => {
    const client = fakeClient(() => Promise.resolve());
    const result = await runSends(client, { kind: 'batch', topic: 't', size: 1, width: 1, ms: 60_000, count: 64 });
    expect(result.messages).toBe(64);
  });
  it('do not count what failed', async () => {
    let turn = 0;
    const client = fakeClient(() => (turn++ % 2 === 0 ? Promise.reject(new Error('no')) : Promise.resolve()));
    const result = await runSends(client, { kind: 'send', topic: 't', size: 1, width: 1, ms: 60_000, count: 10 });
    expect(result).toMatchObject({ messages: 5, errors: 5 });
  });
});

describe('consumption', () => {
  it('is over when all messages were seen', async () => {
    const client = fakeClient(() => Promise.resolve());
    const order = { kind: 'consume', topic: 't', size: 1, width: 1, ms: 60_000, count: 50, group: 'g' } as const;
    expect((await runConsume(client, order)).messages).toBe(50);
  });
  it('says how far it came when it takes too long', async () => {
    const client: LoadClient = {
      ...fakeClient(() => Promise.resolve()),
      consume: (_topic, _group, _count, onMessage) => {
        onMessage();
        return new Promise(() => {});
      },
    };
    const order = { kind: 'consume', topic: 't', size: 1, width: 1, ms: 5, count: 50, group: 'g' } as const;
    await expect(runConsume(client, order)).rejects.toThrow('consumed only 1 of 50');
  });
});
