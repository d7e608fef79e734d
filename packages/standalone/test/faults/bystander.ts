import { pullMessage, records, ResponseCode, sendMessageV2 } from '@cometmq/protocol';
import { RemotingClient } from '@cometmq/remoting';
import { silentLogger } from '@cometmq/runtime';
import { nodePorts } from '@cometmq/runtime/node';
import { expect, onTestFinished } from 'vitest';
import { type FaultServer, until } from './fault-server.js';
import { pullHeader, sendHeader } from './requests.js';

type Kind = 'tcp' | 'ws';

/** A client without faults of its own. */
export async function soundClient(): Promise<RemotingClient> {
  const client = new RemotingClient(
    { name: 'sound', defaultKind: 'tcp', drainTimeoutMs: 100 },
    nodePorts({ logger: silentLogger }),
  );
  await client.start();
  onTestFinished(() => client.close());
  return client;
}

let topics = 0;

/** Another client of the server, which sends and receives all the time and must not notice anything. */
class Bystander {
  readonly #topic = `bystander-${topics++}`;
  #rounds = 0;
  #leaving = false;
  #failure: Error | undefined;
  readonly #running: Promise<void>;

  constructor(
    private readonly client: RemotingClient,
    private readonly address: string,
  ) {
    this.#running = this.#run().catch((error: unknown) => {
      this.#failure = error as Error;
    });
  }

  /** So many more messages were sent and came back. */
  async served(more: number): Promise<void> {
    const wanted = this.#rounds + more;
    await until(() => this.#rounds >= wanted || this.#failure !== undefined);
    if (this.#failure) throw new Error('another client of the server was disturbed', { cause: this.#failure });
  }

  async leave(): Promise<void> {
    await this.served(5);
    this.#leaving = true;
    await this.#running;
    await this.served(0);
  }

  /** Everything it ever sent is still there, in order. */
  async recount(): Promise<void> {
    const found: string[] = [];
    while (found.length < this.#rounds) found.push(...(await this.#pull(found.length)));
    expect(found).toEqual(Array.from({ length: this.#rounds }, (_, round) => `round ${round}`));
  }

  async #run(): Promise<void> {
    for (; !this.#leaving; this.#rounds++) {
      const body = Buffer.from(`round ${this.#rounds}`);
      const sent = await this.client.invoke(this.address, sendMessageV2, sendHeader(this.#topic), {
        body,
        timeoutMs: 10_000,
      });
      expect(sent).toMatchObject({ code: ResponseCode.SUCCESS, header: { queueOffset: this.#rounds } });
      expect(await this.#pull(this.#rounds)).toEqual([`round ${this.#rounds}`]);
      await new Promise((resolve) => setTimeout(resolve, 1));
    }
  }

  async #pull(offset: number): Promise<string[]> {
    const pulled = await this.client.invoke(this.address, pullMessage, pullHeader(this.#topic, offset), {
      timeoutMs: 10_000,
    });
    expect(pulled.code).toBe(ResponseCode.SUCCESS);
    return [...records(pulled.body)].map(({ body }) => Buffer.from(body).toString());
  }
}

/**
 * Does something bad to a server while clients over TCP and WebSocket send and receive: none of their requests may fail,
 * neither meanwhile nor afterwards, and all they sent has to be there.
 */
export async function undisturbed(server: FaultServer, harm: () => Promise<void>): Promise<void> {
  const client = await soundClient();
  const bystanders = (['tcp', 'ws'] as const).map((kind: Kind) => new Bystander(client, `${kind}://${server.address}`));
  for (const bystander of bystanders) await bystander.served(1);
  await harm();
  for (const bystander of bystanders) {
    await bystander.leave();
    await bystander.recount();
  }
  await client.close();
}
