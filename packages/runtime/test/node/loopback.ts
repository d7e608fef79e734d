import { once } from 'node:events';
import { readFileSync } from 'node:fs';
import { connect, type Socket } from 'node:net';
import { fileURLToPath } from 'node:url';
import type { AcceptOptions, Channel, HostPort, Listener } from '../../src/transport.js';
import { silentLogger } from '../../src/telemetry.js';
import { sharedPort, type SharedPortOptions } from '../../src/node/shared-port.js';

export const LOCALHOST = '127.0.0.1';

export function fixture(name: string): string {
  return readFileSync(fileURLToPath(new URL(`../fixtures/${name}`, import.meta.url)), 'utf8');
}

export const serverIdentity = { cert: fixture('server-cert.pem'), key: fixture('server-key.pem') };

/** Records what happens on a channel and lets a test wait for it. */
export class Recorder {
  /** Bytes that came. */
  count = 0;
  readonly chunks: Buffer[] = [];
  drains = 0;
  ended: { readonly error: Error | undefined } | undefined;
  closings = 0;
  #wake: (() => void)[] = [];

  constructor(readonly channel: Channel) {
    channel.attach({
      data: (bytes) => {
        this.chunks.push(Buffer.from(bytes));
        this.count += bytes.length;
        this.#changed();
      },
      drained: () => {
        this.drains++;
        this.#changed();
      },
      closed: (error) => {
        this.closings++;
        this.ended = { error };
        this.#changed();
      },
    });
  }

  get received(): Buffer {
    return Buffer.concat(this.chunks);
  }

  async until(condition: () => boolean): Promise<void> {
    while (!condition()) await new Promise<void>((resolve) => this.#wake.push(resolve));
  }

  async bytes(count: number): Promise<Buffer> {
    await this.until(() => this.count >= count);
    return this.received;
  }

  async closed(): Promise<Error | undefined> {
    await this.until(() => this.ended !== undefined);
    return this.ended!.error;
  }

  #changed(): void {
    const wake = this.#wake;
    this.#wake = [];
    for (const resume of wake) resume();
  }
}

/** A shared port on a free loopback port and the channels it accepted. */
export class TestPort {
  readonly channels: Channel[] = [];
  readonly #cleanups: (() => void)[] = [];
  #listener: Listener | undefined;
  #wake: (() => void)[] = [];

  static async open(
    options: Partial<SharedPortOptions> = {},
    accepting: Partial<AcceptOptions> = {},
  ): Promise<TestPort> {
    const port = new TestPort();
    const accept = (channel: Channel) => {
      port.channels.push(channel);
      const wake = port.#wake;
      port.#wake = [];
      for (const resume of wake) resume();
      accepting.accept?.(channel);
    };
    const acceptor = sharedPort({ logger: silentLogger, ...options });
    port.#listener = await acceptor.listen({ host: LOCALHOST, port: 0 }, { ...accepting, accept });
    return port;
  }

  get address(): HostPort {
    return this.#listener!.address;
  }

  async accepted(index = 0): Promise<Channel> {
    while (this.channels.length <= index) await new Promise<void>((resolve) => this.#wake.push(resolve));
    return this.channels[index]!;
  }

  /** A bare socket to the port. */
  async rawSocket(): Promise<Socket> {
    const socket = connect(this.address);
    this.#cleanups.push(() => socket.destroy());
    socket.on('error', () => {});
    await once(socket, 'connect');
    return socket;
  }

  stopListening(): Promise<void> {
    return this.#listener!.close();
  }

  async close(): Promise<void> {
    for (const cleanup of this.#cleanups) cleanup();
    for (const channel of this.channels) channel.destroy();
    await this.#listener?.close();
  }
}

/** What a bare socket hears until the other side ends it. */
export async function readToEnd(socket: Socket): Promise<string> {
  let text = '';
  socket.setEncoding('latin1').on('data', (chunk: string) => (text += chunk));
  await new Promise((resolve) => socket.on('close', resolve));
  return text;
}

/** A remoting frame of `size` bytes in all. */
export function frame(size: number, fill = 7): Buffer {
  const bytes = Buffer.alloc(size, fill);
  bytes.writeUInt32BE(size - 4, 0);
  return bytes;
}
