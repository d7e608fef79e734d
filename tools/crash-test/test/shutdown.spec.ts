import { existsSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { decodeOffsetMessageId, pullMessage, records, ResponseCode, sendMessageV2 } from '@cometmq/protocol';
import { type ConnectionEvent, RemotingClient, RemotingError } from '@cometmq/remoting';
import { silentLogger } from '@cometmq/runtime';
import { nodePorts } from '@cometmq/runtime/node';
import { describe, expect, it, onTestFinished } from 'vitest';
import { pullHeader } from '../src/load.js';
import { readLog } from '../src/log-reader.js';
import { buildCommand, serverProcess, temporaryStore } from './built.js';

buildCommand();

const TOPIC = 'shutdown';
const SOON_MS = 10_000;

const sendHeader = {
  producerGroup: 'p',
  topic: TOPIC,
  defaultTopic: 'TBW102',
  defaultTopicQueueNums: 4,
  queueId: 0,
  sysFlag: 0,
  bornTimestamp: 1_700_000_000_000,
  flag: 0,
  properties: '',
  reconsumeTimes: 0,
  unitMode: false,
  batch: false,
};

async function newClient(): Promise<RemotingClient> {
  const client = new RemotingClient({ defaultKind: 'tcp', drainTimeoutMs: 0 }, nodePorts({ logger: silentLogger }));
  await client.start();
  onTestFinished(() => client.close());
  return client;
}

/** Why connections of a client ended: `undefined` is in order. */
function ends(client: RemotingClient): (string | undefined)[] {
  const seen: (string | undefined)[] = [];
  client.onConnection((event: ConnectionEvent) => {
    if (event.type === 'closed') seen.push(event.error?.message);
  });
  return seen;
}

type Outcome = { readonly id: string; readonly offset: number } | { readonly refused: number } | 'ended';

class Sender {
  readonly outcomes: Outcome[] = [];
  #stopped = false;

  constructor(
    private readonly client: RemotingClient,
    private readonly address: string,
  ) {}

  /** Always so many on the way, until the server takes no more. */
  async run(name: string, together: number): Promise<void> {
    const lane = async (number: number) => {
      for (let sent = 0; !this.#stopped; sent++) await this.#send(`${name}-${number}-${sent}`);
    };
    await Promise.all(Array.from({ length: together }, (_, number) => lane(number)));
  }

  get acknowledged(): { readonly id: string; readonly offset: number }[] {
    return this.outcomes.filter((outcome) => typeof outcome === 'object' && 'id' in outcome);
  }

  async #send(id: string): Promise<void> {
    try {
      const body = Buffer.from(id);
      const sent = await this.client.invoke(this.address, sendMessageV2, sendHeader, { body, timeoutMs: 30_000 });
      if (sent.code === ResponseCode.SUCCESS)
        return void this.outcomes.push({ id, offset: decodeOffsetMessageId(sent.header!.msgId).physicalOffset });
      this.outcomes.push({ refused: sent.code });
    } catch (error) {
      if (!(error instanceof RemotingError) || error.code === 'TIMEOUT') throw error;
      this.outcomes.push('ended');
    }
    this.#stopped = true;
  }
}

describe.each(['ASYNC_FLUSH', 'SYNC_FLUSH'])('SIGTERM under load with %s', (flushDiskType) => {
  it('ends the server in order: all that was acknowledged is there, everybody is told, and the port is free', async () => {
    const storeDir = temporaryStore();
    const settings = { flushDiskType, mappedFileSizeCommitLog: String(4 << 20) };
    const server = serverProcess({ storeDir, settings });
    const address = await server.ready;
    const clients = await Promise.all([newClient(), newClient()]);
    const closed = clients.map(ends);
    const senders = clients.map((client, index) => new Sender(client, `${index === 0 ? 'tcp' : 'ws'}://${address}`));
    const sending = senders.map((sender, index) => sender.run(`s${index}`, 300));
    // Consumers that wait for something that does not come.
    const patient = await newClient();
    const held = Array.from({ length: 100 }, (_, index) =>
      patient
        .invoke(
          address,
          pullMessage,
          { ...pullHeader(TOPIC, 3, 0), consumerGroup: `g${index}`, suspendTimeoutMillis: 60_000 },
          { timeoutMs: 60_000 },
        )
        .then(({ code }) => code)
        .catch(() => 'ended'),
    );
    const enough = () => senders.every(({ acknowledged }) => acknowledged.length > 1000);
    while (!enough()) await new Promise((resolve) => setTimeout(resolve, 5));
    server.signal('SIGTERM');
    const exit = await Promise.race([
      server.exited,
      new Promise((resolve) => setTimeout(resolve, SOON_MS, 'too late')),
    ]);
    expect(exit).toEqual({ code: 0, signal: null });
    await Promise.all(sending);

    // Whoever waited has an answer or the end of the connection, in order.
    const known: readonly unknown[] = [
      ResponseCode.PULL_NOT_FOUND,
      ResponseCode.TOPIC_NOT_EXIST,
      ResponseCode.SERVICE_NOT_AVAILABLE,
      ResponseCode.GO_AWAY,
      'ended',
    ];
    for (const answer of await Promise.all(held)) expect(known).toContain(answer);
    for (const outcome of senders.flatMap(({ outcomes }) => outcomes)) {
      if (typeof outcome === 'object' && 'refused' in outcome)
        expect([ResponseCode.SERVICE_NOT_AVAILABLE, ResponseCode.GO_AWAY]).toContain(outcome.refused);
    }
    while (closed.flat().length < 2) await new Promise((resolve) => setTimeout(resolve, 5));
    expect(closed.flat()).toEqual([undefined, undefined]);

    const log = new Map([...readLog(storeDir)].map(({ physicalOffset, body }) => [physicalOffset, body]));
    const acknowledged = senders.flatMap((sender) => sender.acknowledged);
    expect(acknowledged.filter(({ id, offset }) => log.get(offset) !== id)).toEqual([]);
    expect(existsSync(join(storeDir, 'abort'))).toBe(false);

    // At once, on the same port, with the same store.
    const next = serverProcess({ storeDir, port: Number(address.split(':').at(-1)), settings });
    expect(await next.ready).toBe(address);
    const reader = await newClient();
    const found = new Set<string>();
    for (let offset = 0; ;) {
      const pulled = await reader.invoke(address, pullMessage, {
        ...pullHeader(TOPIC, 0, offset),
        suspendTimeoutMillis: 0,
      });
      if (pulled.code !== ResponseCode.SUCCESS) break;
      for (const { body } of records(pulled.body)) found.add(Buffer.from(body).toString());
      offset = pulled.header!.nextBeginOffset;
    }
    expect(acknowledged.filter(({ id }) => !found.has(id))).toEqual([]);
  }, 60_000);
});

describe('a server after kill -9', () => {
  it('starts at once over what the dead one left: lock and abort file, and leaves none itself', async () => {
    const storeDir = temporaryStore();
    const first = serverProcess({ storeDir });
    const address = await first.ready;
    await first.kill();
    expect(readFileSync(join(storeDir, 'abort'), 'utf8')).toBe(String(first.pid));
    expect(existsSync(join(storeDir, 'lock'))).toBe(true);
    const second = serverProcess({ storeDir, port: Number(address.split(':').at(-1)) });
    expect(await second.ready).toBe(address);
    expect((await fetch(`http://${address}/ready`)).status).toBe(200);
    second.signal('SIGTERM');
    expect(await second.exited).toEqual({ code: 0, signal: null });
    expect(existsSync(join(storeDir, 'abort'))).toBe(false);
  }, 30_000);
});
