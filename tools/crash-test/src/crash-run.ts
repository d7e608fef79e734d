import { pullMessage, records, ResponseCode } from '@cometmq/protocol';
import { RemotingClient } from '@cometmq/remoting';
import { type Random, randomInt, seededRandom, silentLogger } from '@cometmq/runtime';
import { nodePorts } from '@cometmq/runtime/node';
import { Ledger } from './ledger.js';
import { Load, pullHeader, QUEUES, TOPICS } from './load.js';
import { type LogRecord, readLog, readQueueEntry, readRecordAt } from './log-reader.js';
import { ServerProcess } from './server-process.js';

/** What the server is doing when it is killed. */
export type Moment = 'under load' | 'starting' | 'closing';

export interface CrashRunOptions {
  readonly kills: number;
  readonly flushDiskType: 'ASYNC_FLUSH' | 'SYNC_FLUSH';
  /** Decides over moments and messages; what the processes make of it differs from run to run. */
  readonly seed: number;
  /** Is made when it is missing. */
  readonly storeDir: string;
  readonly onKill?: (report: CrashReport) => void;
}

export interface CrashReport {
  readonly kills: Record<Moment, number>;
  /** Messages that producers were told are stored. */
  acknowledged: number;
  /** Those of them that are not where they should be, with the reason. */
  readonly lost: string[];
  /** What else may not happen: an answer, a message or a queue that contradicts an earlier one. */
  readonly contradictions: string[];
  /** Copies of messages that were sent again because nobody knew whether they were stored. */
  duplicates: number;
  /** Messages that consumers have seen. */
  seen: number;
  /** From the start of the process to its ready line, after a kill. */
  readonly recoveryMs: number[];
  /** The same with an empty store. */
  firstStartMs: number;
}

/** Small files, so that kills meet every change from one to the next. */
const SETTINGS = {
  mappedFileSizeCommitLog: String(2 << 20),
  mappedFileSizeConsumeQueue: '40000',
  flushIntervalConsumeQueue: '50',
  flushConsumeQueueThoroughInterval: '300',
};
const MOST_LOAD_MS = 400;
const MOST_CLOSING_MS = 60;
const LONGEST_START_MS = 500;

const pause = (ms: number) => new Promise((resolve) => setTimeout(resolve, ms));

function momentOf(random: Random): Moment {
  const chance = random.next();
  return chance < 0.7 ? 'under load' : chance < 0.85 ? 'starting' : 'closing';
}

/** Kills a server again and again while messages are sent and received, and looks for what was acknowledged. */
export async function crashRun(options: CrashRunOptions): Promise<CrashReport> {
  return new CrashRun(options).run();
}

class CrashRun {
  readonly #random: Random;
  readonly #ledger = new Ledger();
  readonly #load: Load;
  readonly #report: CrashReport = {
    kills: { 'under load': 0, starting: 0, closing: 0 },
    acknowledged: 0,
    lost: [],
    contradictions: this.#ledger.contradictions,
    duplicates: 0,
    seen: 0,
    recoveryMs: [],
    firstStartMs: 0,
  };
  #port = 0;

  constructor(private readonly options: CrashRunOptions) {
    this.#random = seededRandom(options.seed);
    this.#load = new Load(this.#ledger, this.#random);
  }

  async run(): Promise<CrashReport> {
    for (let kill = 0; kill < this.options.kills; kill++) {
      const moment = kill === 0 ? 'under load' : momentOf(this.#random);
      await this.#liveAndDie(moment);
      this.#report.kills[moment]++;
      this.#checkFresh();
      this.options.onKill?.(this.#report);
    }
    await this.#checkAll();
    return this.#report;
  }

  async #liveAndDie(moment: Moment): Promise<void> {
    const server = this.#start();
    if (moment === 'starting') {
      await pause(randomInt(this.#random, LONGEST_START_MS));
      return server.kill();
    }
    const load = this.#load.run(await this.#ready(server));
    await pause(20 + randomInt(this.#random, MOST_LOAD_MS));
    if (moment === 'closing') {
      server.signal('SIGTERM');
      await pause(randomInt(this.#random, MOST_CLOSING_MS));
    }
    await server.kill();
    await load;
  }

  /** On the same port every time: it has to be free at once. */
  #start(): ServerProcess {
    const { storeDir, flushDiskType } = this.options;
    return new ServerProcess({ storeDir, port: this.#port, settings: { ...SETTINGS, flushDiskType } });
  }

  async #ready(server: ServerProcess): Promise<string> {
    const address = await server.ready;
    if (this.#port === 0) this.#report.firstStartMs = server.startMs!;
    else this.#report.recoveryMs.push(server.startMs!);
    this.#port = Number(address.split(':').at(-1));
    return address;
  }

  /** What was acknowledged since the last kill stands in the files that the dead process has left. */
  #checkFresh(): void {
    for (const { id, topic, queueId, queueOffset, physicalOffset } of this.#ledger.takeFresh()) {
      this.#report.acknowledged++;
      try {
        const record = readRecordAt(this.options.storeDir, physicalOffset);
        const found = `${record.topic}/${record.queueId}/${record.queueOffset} ${idOf(record)}`;
        const wanted = `${topic}/${queueId}/${queueOffset} ${id}`;
        if (found !== wanted) this.#report.lost.push(`${wanted}: at its place in the log is ${found}`);
      } catch (error) {
        this.#report.lost.push(`${id}: ${(error as Error).message}`);
      }
    }
    this.#report.seen = this.#ledger.seen.size;
  }

  /** After the last kill: a server must come up, give out everything, and close in order; then the files are read. */
  async #checkAll(): Promise<void> {
    const server = this.#start();
    const served = await readQueues(await this.#ready(server));
    server.signal('SIGTERM');
    const { code } = await server.exited;
    if (code !== 0) this.#report.contradictions.push(`the last server ended with ${code}: ${server.output}`);
    const { storeDir } = this.options;
    const byOffset = new Map<number, LogRecord>();
    const copies = new Map<string, number>();
    for (const record of readLog(storeDir)) {
      if (!TOPICS.includes(record.topic)) continue;
      byOffset.set(record.physicalOffset, record);
      copies.set(idOf(record), (copies.get(idOf(record)) ?? 0) + 1);
    }
    for (const { id, topic, queueId, queueOffset, physicalOffset } of this.#ledger.acknowledged.values()) {
      const place = `${topic}/${queueId}/${queueOffset}`;
      const record = byOffset.get(physicalOffset);
      if (record === undefined || idOf(record) !== id) this.#report.lost.push(`${id} is not in the log any more`);
      if (readQueueEntry(storeDir, topic, queueId, queueOffset) !== physicalOffset)
        this.#report.lost.push(`${id} is not in its queue at ${place}`);
      if (served.get(place) !== id) this.#report.lost.push(`${id} was not given out at ${place}`);
    }
    for (const [place, id] of this.#ledger.seen)
      if (served.get(place) !== id) this.#report.contradictions.push(`${id} was seen at ${place}, where it is not`);
    for (const count of copies.values()) this.#report.duplicates += count - 1;
  }
}

const idOf = ({ body }: { readonly body: string }): string => body.slice(0, body.indexOf(' '));

/** Message by place, from the first to the last of every queue. */
async function readQueues(address: string): Promise<Map<string, string>> {
  const client = new RemotingClient({ name: 'check', defaultKind: 'tcp' }, nodePorts({ logger: silentLogger }));
  await client.start();
  const found = new Map<string, string>();
  for (const topic of TOPICS) {
    for (let queueId = 0; queueId < QUEUES; queueId++) {
      for (let offset = 0; ;) {
        const header = { ...pullHeader(topic, queueId, offset), suspendTimeoutMillis: 0 };
        const answer = await client.invoke(address, pullMessage, header, { timeoutMs: 10_000 });
        if (answer.code !== ResponseCode.SUCCESS) break;
        for (const { body, queueOffset } of records(answer.body))
          found.set(`${topic}/${queueId}/${queueOffset}`, idOf({ body: Buffer.from(body).toString() }));
        offset = answer.header!.nextBeginOffset;
      }
    }
  }
  await client.close();
  return found;
}
