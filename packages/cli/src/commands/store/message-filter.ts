import type { StoreMessage, StoreReader } from '@cometmq/store';
import type { Command as CommandLine } from 'commander';
import { InvalidArgumentError } from '../../command-line.js';
import { UsageError } from '../../usage-error.js';
import { timestamp, wholeNumber } from './store-flags.js';

/** Which messages are wanted. */
export interface MessageFlags {
  readonly topic?: string;
  readonly queue?: number;
  readonly key?: string;
  readonly from?: number;
  readonly to?: number;
  readonly begin?: number;
  readonly end?: number;
  readonly limit?: number;
}

function queueNumber(text: string): number {
  if (/^\d{1,10}$/.test(text)) return Number(text);
  throw new InvalidArgumentError('a queue is a number from 0 on');
}

export function addMessageFlags(command: CommandLine): CommandLine {
  return command
    .option('-t, --topic <name>', 'messages of one topic')
    .option('-q, --queue <number>', 'with --topic: of one queue', queueNumber)
    .option('-k, --key <key>', 'with --topic: with this word of KEYS or this unique key')
    .option('--from <offset>', 'first offset: of the queue with --queue, else of the commit log', wholeNumber)
    .option('--to <offset>', 'offset behind the last one, counted likewise', wholeNumber)
    .option('--begin <time>', 'stored at or after: ms since 1970, or 2026-11-21T10:00:00Z', timestamp)
    .option('--end <time>', 'stored at or before', timestamp);
}

/** The messages that the flags name, with those that cannot be read passed over and told of on stderr. */
export async function* messages(store: StoreReader, flags: MessageFlags): AsyncGenerator<StoreMessage, void> {
  const { topic, queue, key, begin = 0, end = Number.MAX_SAFE_INTEGER, limit = 0 } = flags;
  if (topic === undefined && (queue !== undefined || key !== undefined))
    throw new UsageError('--queue and --key need --topic');
  let count = 0;
  for await (const message of source(store, flags)) {
    if (topic !== undefined && queue === undefined && message.topic !== topic) continue;
    if (key !== undefined && !message.hasKey(key)) continue;
    if (message.storeTimestamp < begin || message.storeTimestamp > end) continue;
    yield message;
    if (++count === limit) return;
  }
}

async function* source(store: StoreReader, flags: MessageFlags): AsyncGenerator<StoreMessage, void> {
  const { topic, queue, key, from, to, begin, end } = flags;
  if (topic !== undefined && queue !== undefined)
    return yield* store.read({ topic, queueId: queue, from, to, damaged: 'skip' });
  const last = to ?? Number.MAX_SAFE_INTEGER;
  const found =
    topic !== undefined && key !== undefined
      ? await store.byKey(topic, key, { begin, end, maxNum: Number.MAX_SAFE_INTEGER })
      : store.scan({ from: await recordFrom(store, from), onDamage: tell });
  for await (const message of found) {
    if (message.physicalOffset >= last) return;
    if (message.physicalOffset >= (from ?? 0)) yield message;
  }
}

/** A scan begins at a record: `from` when one stands there, else at the oldest. */
async function recordFrom(store: StoreReader, from: number | undefined): Promise<number | undefined> {
  return from === undefined || (await store.messageAt(from)) === undefined ? undefined : from;
}

function tell({ offset, size }: { readonly offset: number; readonly size: number }): void {
  process.stderr.write(`cometmq: ${size} bytes at log offset ${offset} cannot be read\n`);
}
