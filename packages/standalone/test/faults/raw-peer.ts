import { once } from 'node:events';
import { connect, type Socket } from 'node:net';
import {
  FrameDecoder,
  FrameWriter,
  type RemotingCommand,
  type RequestDefinition,
  type RequestFrame,
} from '@cometmq/protocol';
import { onTestFinished } from 'vitest';
import { type FaultServer, until } from './fault-server.js';

/** How a connection ended: `fin` in order, `reset` by a reset. */
export type End = 'fin' | 'reset';

/** A socket that may do anything a program should not do. */
export class RawPeer {
  /** The connection is over. */
  readonly ended: Promise<End>;
  #received: Buffer[] = [];
  readonly #decoder = new FrameDecoder();
  readonly #answers = new Map<number, RemotingCommand>();
  #decoded = 0;
  #end: End | undefined;

  private constructor(readonly socket: Socket) {
    let reset = false;
    socket.on('error', () => (reset = true));
    this.ended = new Promise((resolve) =>
      socket.on('close', () => {
        this.#end = reset ? 'reset' : 'fin';
        resolve(this.#end);
      }),
    );
  }

  /** `reads` false: what the server sends stays in the kernel until that is full. */
  static async connect(
    server: Pick<FaultServer, 'port'>,
    options: { readonly reads?: boolean } = {},
  ): Promise<RawPeer> {
    const socket = connect({ port: server.port, host: '127.0.0.1', noDelay: true });
    const peer = new RawPeer(socket);
    await once(socket, 'connect');
    onTestFinished(() => void socket.destroy());
    if (options.reads !== false) socket.on('data', (bytes) => peer.#received.push(bytes));
    return peer;
  }

  /** As `connect`, and upgrades to a WebSocket. */
  static async webSocket(
    server: Pick<FaultServer, 'port'>,
    options: { readonly reads?: boolean } = {},
  ): Promise<RawPeer> {
    const peer = await RawPeer.connect(server);
    peer.send(
      'GET / HTTP/1.1\r\nHost: 127.0.0.1\r\nUpgrade: websocket\r\nConnection: Upgrade\r\n' +
        'Sec-WebSocket-Key: dGhlIHNhbXBsZSBub25jZQ==\r\nSec-WebSocket-Version: 13\r\n\r\n',
    );
    await until(() => peer.text().includes('\r\n\r\n'));
    peer.#received = [];
    if (options.reads === false) peer.socket.pause();
    return peer;
  }

  get open(): boolean {
    return this.#end === undefined;
  }

  send(bytes: Uint8Array | string): void {
    this.socket.write(bytes);
  }

  /** As `send`; resolves when the kernel has taken it all or the connection is over. */
  async pass(bytes: Uint8Array): Promise<void> {
    await Promise.race([new Promise<void>((resolve) => this.socket.write(bytes, () => resolve())), this.ended]);
  }

  bytes(): Buffer {
    return Buffer.concat(this.#received);
  }

  text(): string {
    return this.bytes().toString('latin1');
  }

  /** Whole frames that came so far. */
  answers(): readonly RemotingCommand[] {
    this.#decode();
    return [...this.#answers.values()];
  }

  async answer(opaque: number): Promise<RemotingCommand> {
    const find = () => {
      this.#decode();
      return this.#answers.get(opaque);
    };
    await until(() => find() !== undefined || !this.open);
    const found = find();
    if (found === undefined) throw new Error(`the connection ended without an answer to ${opaque}`);
    return found;
  }

  destroy(): void {
    this.socket.destroy();
  }

  #decode(): void {
    for (; this.#decoded < this.#received.length; this.#decoded++) {
      this.#decoder.push(this.#received[this.#decoded]!, (answer) => this.#answers.set(answer.opaque, answer));
    }
  }
}

/** A frame as it should be. */
export function frame<D extends RequestDefinition>(definition: D, request: RequestFrame<D>): Buffer {
  const writer = new FrameWriter();
  writer.writeRequest(definition, request);
  return Buffer.concat(writer.take());
}

/** A frame whose header is whatever text it is given. */
export function jsonFrame(header: string, body: Uint8Array = new Uint8Array(0)): Buffer {
  const text = Buffer.from(header);
  const prefix = Buffer.alloc(8);
  prefix.writeInt32BE(4 + text.length + body.length, 0);
  prefix.writeInt32BE(text.length, 4);
  return Buffer.concat([prefix, text, body]);
}

export const Opcode = { CONTINUATION: 0, TEXT: 1, BINARY: 2, CLOSE: 8, PING: 9, PONG: 10 } as const;

/** A WebSocket frame of a client, masked with zeros. */
export function webSocketFrame(
  opcode: number,
  payload: Uint8Array,
  options: { readonly final?: boolean } = {},
): Buffer {
  const first = (options.final === false ? 0 : 0x80) | opcode;
  const length =
    payload.length < 126
      ? Buffer.from([0x80 | payload.length])
      : payload.length < 65_536
        ? Buffer.from([0x80 | 126, payload.length >> 8, payload.length & 0xff])
        : Buffer.concat([Buffer.from([0x80 | 127, 0, 0, 0, 0]), int32(payload.length)]);
  return Buffer.concat([Buffer.from([first]), length, Buffer.alloc(4), payload]);
}

export function int32(...values: readonly number[]): Buffer {
  const bytes = Buffer.alloc(4 * values.length);
  for (const [index, value] of values.entries()) bytes.writeInt32BE(value, 4 * index);
  return bytes;
}
