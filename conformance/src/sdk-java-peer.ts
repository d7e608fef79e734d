import { join } from 'node:path';
import { roomDirectory } from './paths.js';
import { Program } from './program.js';
import { type Session, until } from './sdk-session.js';

const peerSource = join(roomDirectory, 'java', 'peer', 'Peer.java');
const peerDeadlineMs = 110_000;
const startMs = 60_000;
const stopMs = 10_000;

export interface Received {
  readonly body: string;
  readonly id: string;
  readonly tags: string | null;
  readonly keys: string | null;
  readonly colour: string | null;
  readonly queue: number;
  readonly topic: string;
  readonly times: number;
}

/** Starts Java programs for one scenario. */
export class JavaPeer {
  readonly #session: Session;
  readonly #classPath: string;

  constructor(session: Session, classPath: string) {
    this.#session = session;
    this.#classPath = classPath;
  }

  /** Sends a long body with every compression that this client has. */
  async compress(): Promise<void> {
    const end = await this.#start(['compress', this.#namesrv, this.#session.name('t')], () => undefined).finish(
      peerDeadlineMs,
    );
    if (end !== 0) {
      throw new Error(`the Java producer ended with ${end}`);
    }
  }

  /** Sends what `Peer.java` says; id and queue by body. */
  async produce(): Promise<Map<string, { readonly id: string; readonly queue: number }>> {
    const sent = new Map<string, { id: string; queue: number }>();
    const program = this.#start(['produce', this.#namesrv, this.#session.name('t')], (line) => {
      const { sent: body, id, queue } = line as { sent: string; id: string; queue: number };
      sent.set(body, { id, queue });
    });
    const end = await program.finish(peerDeadlineMs);
    if (end !== 0) {
      throw new Error(`the Java producer ended with ${end}`);
    }
    return sent;
  }

  /** What an administrator sees of the session's group and does to it, as `Peer.java` says. */
  async administrate(): Promise<readonly (readonly [string, string])[]> {
    const seen: [string, string][] = [];
    const args = ['admin', this.#namesrv, this.#session.name('t'), this.#session.name('g')];
    const program = this.#start(args, (line) => {
      const { seen: name, value } = line as { readonly seen: string; readonly value: string };
      seen.push([name, value]);
    });
    const end = await program.finish(peerDeadlineMs);
    if (end !== 0) {
      throw new Error(`the Java administrator ended with ${end}; it saw ${seen.join('; ')}`);
    }
    return seen;
  }

  /** A member of the session's group, once it runs. */
  async consume(
    mode: 'orderly' | 'concurrently',
    options: { group?: string; refused?: string; namespace?: string } = {},
  ): Promise<JavaConsumer> {
    const { group = this.#session.name('g'), refused = '', namespace = '' } = options;
    const received: Received[] = [];
    let ready = false;
    const program = this.#start(
      ['consume', this.#namesrv, this.#session.name('t'), group, mode, refused, namespace],
      (line) => {
        if ('ready' in line) {
          ready = true;
        } else {
          received.push(line as Received);
        }
      },
    );
    void program.finish(peerDeadlineMs);
    if (!(await until(() => ready, startMs))) {
      throw new Error('the Java consumer did not start');
    }
    return { received, stop: async () => void (await program.stop(stopMs)) };
  }

  get #namesrv(): string {
    return this.#session.namesrv.replace(/^.*:\/\//, '');
  }

  #start(args: readonly string[], onLine: (line: object) => void): Program {
    const jvm = [
      '-Xmx256m',
      '-XX:+UseSerialGC',
      '-XX:TieredStopAtLevel=1',
      `-Duser.home=${process.cwd()}`,
      '-cp',
      this.#classPath,
    ];
    return Program.start('java', [...jvm, peerSource, ...args], {
      log: join(process.cwd(), 'java.log'),
      onLine: (line) => {
        if (line.startsWith('{')) {
          onLine(JSON.parse(line) as object);
        }
      },
    });
  }
}

export interface JavaConsumer {
  readonly received: readonly Received[];
  readonly stop: () => Promise<void>;
}
