import type { OnApplicationShutdown } from '@nestjs/common';
import { ClientProxy, type ReadPacket, type WritePacket } from '@nestjs/microservices';
import { type Producer, RocketMQ, type RocketMQOptions, type SendOptions } from '@cometmq/sdk';
import { nestLogger } from '../client/nest-logger.js';
import { targetOf } from './pattern.js';
import { RocketMQRecord } from './record-builder.js';
import { replyUnsupported } from './unsupported.js';

/**
 * Nest's client proxy: `client.emit('topic', data)` and `client.emit({ topic, tags }, data)` store a message and give its SendResult.
 * `send()` comes with request-reply. As a provider it closes with the application; a client that was handed in stays open.
 */
export class ClientRocketMQ
  extends ClientProxy<Record<never, never>, 'connected' | 'closed'>
  implements OnApplicationShutdown
{
  readonly #own: boolean;
  readonly #client: RocketMQ;
  #producer: Producer | undefined;
  #closing: Promise<void> | undefined;

  /** Does no IO. Throws INVALID_ARGUMENT for options that cannot be. */
  constructor(options: RocketMQOptions | { client: RocketMQ }) {
    super();
    this.#own = !('client' in options);
    this.#client = 'client' in options ? options.client : new RocketMQ({ logger: nestLogger('default'), ...options });
  }

  /** Finds a name server; called by the first `emit`. Throws NO_NAMESRV when none answers. */
  async connect(): Promise<void> {
    await this.#client.start();
    this._status$.next('connected');
  }

  /** Waits for the sends under way; a client of its own is closed. Idempotent. */
  close(): Promise<void> {
    this.#closing ??= this.#close();
    return this.#closing;
  }

  onApplicationShutdown(): Promise<void> {
    return this.close();
  }

  /** The `RocketMQ` client. */
  override unwrap<T>(): T {
    return this.#client as T;
  }

  async #close(): Promise<void> {
    try {
      await (this.#own ? this.#client.close() : this.#producer?.close());
    } finally {
      this._status$.next('closed');
    }
  }

  protected override publish(packet: ReadPacket, callback: (packet: WritePacket) => void): () => void {
    callback({ err: replyUnsupported(`send(${JSON.stringify(packet.pattern)})`), isDisposed: true });
    return () => undefined;
  }

  protected override async dispatchEvent<T = unknown>(packet: ReadPacket): Promise<T> {
    const { topic, ...target } = targetOf(packet.pattern);
    const data: unknown = packet.data;
    const record = data instanceof RocketMQRecord ? (data as RocketMQRecord) : undefined;
    const { topic: _topic, body: _body, ...said } = record?.options ?? {};
    this.#producer ??= this.#client.producer();
    const options = { ...target, ...said } as SendOptions;
    return (await this.#producer.send(topic, record === undefined ? data : record.data, options)) as T;
  }
}
