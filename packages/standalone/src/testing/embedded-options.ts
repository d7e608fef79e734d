import type { Logger } from '@cometmq/runtime';

export interface EmbeddedOptions {
  /** Brokers behind the one name server, 1 to 16; default 1. They are called `broker-a`, `broker-b`, … */
  brokers?: number;
  /**
   * `memory` (default): clients made with `clientOptions()` or `connect()` reach the servers within the process, on the
   * servers' clock. `tcp`: free ports of 127.0.0.1, for clients of any kind (TCP and WebSocket); their clocks are real.
   */
  transport?: 'memory' | 'tcp';
  /** `memory` (default): gone with the server. A directory: real files, which the next start finds again. */
  store?: 'memory' | { dir: string };
  /**
   * `virtual` (default): time runs on as usual and `advance()` leaps ahead. `real`: nothing leaps; `advance()` throws.
   */
  time?: 'virtual' | 'real';
  /** Default true: a topic is there as soon as somebody sends to it or subscribes to it. False: `createTopic()` first. */
  autoCreateTopics?: boolean;
  /** Queues of a topic made by itself or without a number; default 4. */
  queues?: number;
  /**
   * How long the first, second, … retry of a message waits, in whole seconds (given in ms); the last value holds for all
   * further ones. Default: RocketMQ's 10 s, 30 s, 1 m … 2 h.
   */
  retryDelaysMs?: readonly number[];
  /** What chance follows from: queues that producers choose, ids, and faults. Default 1. */
  seed?: number;
  /**
   * How long `advance()` and `idle()` wait in real ms for one handler that waits for something real (a database, a timer of
   * the process) before time goes on without it; default 1000.
   */
  handlerPatienceMs?: number;
  /** Keys of Apache's broker.conf. */
  brokerProperties?: Readonly<Record<string, string>>;
  /** Keys of Apache's namesrv.conf. */
  namesrvProperties?: Readonly<Record<string, string>>;
  /** Of the servers; default: silent. */
  logger?: Logger;
}

/** With every default filled in. */
export type ResolvedOptions = Required<Omit<EmbeddedOptions, 'retryDelaysMs' | 'logger'>> &
  Pick<EmbeddedOptions, 'retryDelaysMs' | 'logger'>;

const MAX_BROKERS = 16;
/** Levels 1 and 2 of RocketMQ's table: retries begin with level 3. */
const LEVELS_BEFORE_RETRIES = '1s 5s';
const HOUR_MS = '3600000';
const DAY_MS = '86400000';

/** Throws TypeError naming the option that cannot be. */
export function resolveOptions(options: EmbeddedOptions): ResolvedOptions {
  const { retryDelaysMs, logger, ...rest } = options;
  const resolved: ResolvedOptions = {
    brokers: 1,
    transport: 'memory',
    store: 'memory',
    time: 'virtual',
    autoCreateTopics: true,
    queues: 4,
    seed: 1,
    handlerPatienceMs: 1000,
    brokerProperties: {},
    namesrvProperties: {},
    ...(Object.fromEntries(Object.entries(rest).filter(([, value]) => value !== undefined)) as typeof rest),
    ...(retryDelaysMs !== undefined && { retryDelaysMs }),
    ...(logger !== undefined && { logger }),
  };
  check('brokers', resolved.brokers, 1, MAX_BROKERS);
  check('queues', resolved.queues, 1, 1024);
  for (const delayMs of retryDelaysMs ?? []) {
    if (!Number.isSafeInteger(delayMs / 1000) || delayMs < 1000)
      throw new TypeError(`option retryDelaysMs: ${delayMs} is no whole number of seconds (1000, 2000, …)`);
  }
  if (typeof resolved.store === 'object' && resolved.brokers > 1)
    throw new TypeError('option store: a directory is the store of one broker; several need the memory store');
  return resolved;
}

/** What the brokers are told: the user's keys win. */
export function brokerTexts(options: ResolvedOptions): Readonly<Record<string, string>> {
  const { autoCreateTopics, brokerProperties, queues, retryDelaysMs, store, transport } = options;
  const levels = retryDelaysMs?.map((delayMs) => `${delayMs / 1000}s`).join(' ');
  return {
    autoCreateTopicEnable: String(autoCreateTopics),
    defaultTopicQueueNums: String(queues),
    ...(levels !== undefined && levels !== '' && { messageDelayLevel: `${LEVELS_BEFORE_RETRIES} ${levels}` }),
    // Nothing is gained by flushing memory; files stay small, so that a full disk is noticed soon.
    ...(store === 'memory' && {
      flushIntervalCommitLog: HOUR_MS,
      flushIntervalConsumeQueue: HOUR_MS,
      flushCommitLogThoroughInterval: HOUR_MS,
      flushConsumeQueueThoroughInterval: HOUR_MS,
      mappedFileSizeCommitLog: String(64 << 20),
      mappedFileSizeConsumeQueue: String(20 * 30_000),
      maxHashSlotNum: '1000',
      maxIndexNum: '10000',
    }),
    // The clocks of clients on sockets do not leap: hours without a heartbeat are no silence.
    ...(transport === 'tcp' && { channelExpiredTimeout: DAY_MS }),
    ...brokerProperties,
  };
}

function check(name: string, value: number, least: number, most: number): void {
  if (Number.isSafeInteger(value) && value >= least && value <= most) return;
  throw new TypeError(`option ${name} must be a whole number from ${least} to ${most}, not ${value}`);
}
