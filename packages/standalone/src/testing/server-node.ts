import { type AdmissionOptions, type Processor, RemotingServer } from '@cometmq/remoting';
import { type Acceptor, type Channel, CloseStack, type HostPort, type Lifecycle, type Ports } from '@cometmq/runtime';
import type { SimHost } from '@cometmq/testkit';

/** A name server or a broker, and what answers for it behind a port. */
export interface Served<Program extends Lifecycle> {
  readonly program: Program;
  readonly processors: readonly Processor[];
  readonly admission?: AdmissionOptions;
}

export interface ServerNodeOptions<Program extends Lifecycle> {
  /** For log lines. */
  readonly name: string;
  /** Its port within the process. */
  readonly port: number;
  /** A fresh host for each start: what ran on the last one does nothing any more. */
  readonly host: () => SimHost;
  /** Real sockets beside it; the first start takes a free port, later ones the same. */
  readonly sockets: Acceptor | undefined;
  /** Its store lies in a real directory: it cannot just vanish, files would stay open. */
  readonly realDisk: boolean;
  readonly make: (ports: Ports, address: HostPort) => Served<Program>;
}

interface Running<Program> {
  readonly program: Program;
  readonly host: SimHost;
  readonly server: RemotingServer;
  readonly closing: CloseStack;
  up: boolean;
  crashed: boolean;
}

const LOCALHOST = '127.0.0.1';

/** One server of the cluster: started, killed, started again. */
export class ServerNode<Program extends Lifecycle> {
  #running: Running<Program> | undefined;
  /** Of the next start: a machine whose server was killed refuses connections, it does not keep silent. */
  #nextHost: SimHost | undefined;
  #address: HostPort | undefined;
  #refusing = false;
  #starting: Promise<void> | undefined;

  constructor(private readonly options: ServerNodeOptions<Program>) {}

  get name(): string {
    return this.options.name;
  }

  /** Where clients reach it: on the wire when it has sockets, else within the process. */
  get address(): HostPort {
    if (this.#address === undefined) throw new Error(`${this.name} has not been started`);
    return this.#address;
  }

  /** Undefined while it is down or not up yet. */
  get program(): Program | undefined {
    return this.#running?.up === true ? this.#running.program : undefined;
  }

  get connectionCount(): number {
    return this.#running?.server.connections.size ?? 0;
  }

  /** Idempotent while it runs. */
  start(): Promise<void> {
    if (this.#running !== undefined && this.#starting === undefined) return Promise.resolve();
    this.#starting ??= this.#start().finally(() => (this.#starting = undefined));
    return this.#starting;
  }

  /** Ends it without a word; a real directory is left in order, as the files are this process's. */
  async kill(): Promise<void> {
    const running = this.#running;
    if (running === undefined) return;
    this.#running = undefined;
    for (const connection of running.server.connections) connection.destroy(new Error(`${this.name} was killed`));
    if (!this.options.realDisk) {
      running.crashed = true;
      running.host.crash('process');
      this.#nextHost = this.options.host();
    }
    await running.closing.close().catch(() => undefined);
  }

  /** Every connection breaks off. Returns how many. */
  cut(): number {
    const connections = [...(this.#running?.server.connections ?? [])];
    for (const connection of connections) connection.destroy(new Error('the connection was cut'));
    return connections.length;
  }

  /** New connections are dropped at once, or taken again. */
  refuse(refusing: boolean): void {
    this.#refusing = refusing;
  }

  async close(): Promise<void> {
    await this.#starting?.catch(() => undefined);
    const running = this.#running;
    this.#running = undefined;
    try {
      await running?.closing.close();
    } finally {
      running?.host.crash('process');
    }
  }

  async #start(): Promise<void> {
    const { make, name, port, sockets } = this.options;
    const host = this.#nextHost ?? this.options.host();
    this.#nextHost = undefined;
    const closing = new CloseStack(host.logger);
    const accept = (channel: Channel): void => {
      const running = this.#running;
      if (running?.host !== host || this.#refusing) channel.destroy();
      else running.server.accept(channel);
    };
    try {
      const near = await host.acceptor.listen({ host: host.name, port }, { accept });
      const outside = await sockets?.listen({ host: LOCALHOST, port: this.#address?.port ?? 0 }, { accept });
      if (outside !== undefined) closing.push('port', () => outside.close());
      this.#address = outside?.address ?? near.address;
      const { admission, processors, program } = make(host, this.#address);
      const server = new RemotingServer(
        {
          name,
          processors,
          ...(admission !== undefined && { admission }),
          // Virtual hours are no silence of clients whose clocks are real.
          ...(sockets !== undefined && { idleTimeoutMs: 0 }),
        },
        host,
      );
      const running: Running<Program> = { program, host, server, closing, up: false, crashed: false };
      this.#running = running;
      // A crash takes all this with it; what is real has to be closed even then.
      const unlessCrashed = (part: string, close: () => Promise<void>) =>
        closing.push(part, () => (running.crashed ? undefined : close()));
      unlessCrashed('remoting', () => server.close());
      unlessCrashed('program', () => program.close());
      unlessCrashed('port within the process', () => near.close());
      await server.start();
      await program.start();
      running.up = true;
    } catch (error) {
      this.#running = undefined;
      await closing.close().catch(() => undefined);
      host.crash('process');
      throw error;
    }
  }
}
