import { deleteKvConfig, getKvConfig, getKvlistByNamespace, kvTable, putKvConfig } from '@cometmq/protocol';
import { describe, expect, it } from 'vitest';
import { KvConfigError } from '../../src/kv/kv-config.js';
import { TestNameServer } from '../harness.js';

const PATH = '/home/namesrv/kvConfig.json';
const text = (server: TestNameServer) => new TextDecoder().decode(server.simDisk.mount().readFileSync(PATH));

async function withFile(content: string): Promise<TestNameServer> {
  const before = new TestNameServer();
  const disk = before.simDisk.mount();
  disk.makeDirectorySync('/home/namesrv');
  disk.writeFileSync(PATH, new TextEncoder().encode(content));
  return new TestNameServer({}, { before });
}

describe('values', () => {
  it('are kept in the form of Apache, and are there after a crash', async () => {
    const server = await new TestNameServer().start();
    await server.ask(putKvConfig, { namespace: 'ORDER_TOPIC_CONFIG', key: 'T', value: 'broker-a:4;broker-b:4' });
    await server.ask(putKvConfig, { namespace: 'N', key: 'ü"', value: '' });
    expect(text(server)).toBe('{"configTable":{"ORDER_TOPIC_CONFIG":{"T":"broker-a:4;broker-b:4"},"N":{"ü\\"":""}}}');
    server.simDisk.crash('power');
    const next = await new TestNameServer({}, { before: server }).start();
    expect((await next.ask(getKvConfig, { namespace: 'N', key: 'ü"' })).header).toEqual({ value: '' });
  });

  it('are read from a file of Apache', async () => {
    const server = await (await withFile('{"configTable":{"N":{"a":"1","b":"2"}}}')).start();
    const answer = await server.ask(getKvlistByNamespace, { namespace: 'N' });
    expect(kvTable.decode(answer.body).table).toEqual(
      new Map([
        ['a', '1'],
        ['b', '2'],
      ]),
    );
  });

  it('are refused, and nothing is changed, when they cannot be written', async () => {
    const server = await new TestNameServer().start();
    await server.ask(putKvConfig, { namespace: 'N', key: 'k', value: 'old' });
    server.simDisk.plan({ operation: 'write', path: 'kvConfig', code: 'NO_SPACE' });
    const refused = await server.ask(putKvConfig, { namespace: 'N', key: 'k', value: 'new' });
    expect(refused.code).toBe(1);
    expect(refused.remark).toContain('cannot be written');
    expect((await server.ask(getKvConfig, { namespace: 'N', key: 'k' })).header).toEqual({ value: 'old' });
    expect((await server.ask(putKvConfig, { namespace: 'N', key: 'k', value: 'newer' })).code).toBe(0);
    expect(text(server)).toContain('newer');
  });

  it('put at the same time all arrive', async () => {
    const server = await new TestNameServer().start();
    const connection = server.connect();
    const keys = Array.from({ length: 50 }, (_, index) => `k${index}`);
    const answers = keys.map((key) => connection.request(putKvConfig, { namespace: 'N', key, value: key }));
    await server.clock.settle();
    expect((await Promise.all(answers)).every(({ code }) => code === 0)).toBe(true);
    const next = await new TestNameServer({}, { before: server }).start();
    const list = kvTable.decode((await next.ask(getKvlistByNamespace, { namespace: 'N' })).body).table;
    expect([...list.keys()].toSorted()).toEqual(keys.toSorted());
  });

  it('that are deleted leave their namespace, and may be unknown', async () => {
    const server = await new TestNameServer().start();
    await server.ask(putKvConfig, { namespace: 'N', key: 'k', value: 'v' });
    expect((await server.ask(deleteKvConfig, { namespace: 'N', key: 'k' })).code).toBe(0);
    expect((await server.ask(deleteKvConfig, { namespace: 'M', key: 'k' })).code).toBe(0);
    expect((await server.ask(getKvConfig, { namespace: 'N', key: 'k' })).code).toBe(22);
    expect((await server.ask(getKvlistByNamespace, { namespace: 'N' })).code).toBe(0);
    expect((await server.ask(getKvlistByNamespace, { namespace: 'M' })).code).toBe(22);
  });
});

describe('a damaged file', () => {
  it.each(['', '{"configTable":', '[]', '{"configTable":5}', '{"configTable":{"N":"x"}}'])(
    'with %s keeps the server from starting, names the file and is left alone',
    async (content) => {
      const server = await withFile(content);
      const error = await server.start().catch((failure: unknown) => failure);
      expect(error).toBeInstanceOf(KvConfigError);
      expect((error as Error).message).toContain(PATH);
      expect(text(server)).toBe(content);
      await server.close();
    },
  );
});
