import { openStoreReader, type StoreMessage, type StoreReader } from '@cometmq/store';
import type { Command as CommandLine } from 'commander';
import { Argument, Command } from '../../command-line.js';
import { UsageError } from '../../usage-error.js';
import { addMessageFlags, type MessageFlags, messages } from './message-filter.js';
import { endQuietlyWithReader, print, table, timeText } from './output.js';
import { addStoreFlags, asUsage, readerOptions, type StoreFlags, wholeNumber } from './store-flags.js';

type DumpFlags = StoreFlags & MessageFlags & { readonly limit: number };
type Row = Readonly<Record<string, string | number>>;

const PARTS = ['records', 'queues', 'entries', 'index', 'checkpoint', 'progress'] as const;
type Part = (typeof PARTS)[number];
/** Rows of a table, so that columns get their widths. */
const TABLE_ROWS = 200;

function recordRow(message: StoreMessage): Row {
  return {
    physicalOffset: message.physicalOffset,
    size: message.size,
    topic: message.topic,
    queueId: message.queueId,
    queueOffset: message.queueOffset,
    storeTime: timeText(message.storeTimestamp),
    tags: message.tags ?? '',
    keys: message.keys.join(' '),
    uniqueKey: message.uniqueKey ?? '',
    bodyBytes: message.storedBody.length,
  };
}

async function* entries(store: StoreReader, { topic, queue, from, to }: DumpFlags): AsyncGenerator<Row> {
  if (topic === undefined || queue === undefined) throw new UsageError('entries need --topic and --queue');
  for await (const entry of store.entries({ topic, queueId: queue, from, to })) yield { ...entry };
}

function* indexRows(store: StoreReader): Generator<Row> {
  for (const { path, header, maxHashSlotNum = 0, maxIndexNum = 0 } of store.indexFiles()) {
    const file = path.slice(path.lastIndexOf('/') + 1);
    if (header === undefined) yield { file, problem: 'no index file of a known shape' };
    else {
      const begin = timeText(header.beginTimestamp);
      const end = timeText(header.endTimestamp);
      const { beginPhyOffset, endPhyOffset, hashSlotCount, indexCount } = header;
      yield { file, begin, end, beginPhyOffset, endPhyOffset, hashSlotCount, indexCount, maxHashSlotNum, maxIndexNum };
    }
  }
}

function checkpointRow(store: StoreReader): Row {
  const { physicMsgTimestamp, logicsMsgTimestamp, indexMsgTimestamp, masterFlushedOffset, confirmPhyOffset } =
    store.checkpoint();
  const unfinished = store.unfinished();
  return {
    physicMsg: timeText(physicMsgTimestamp),
    logicsMsg: timeText(logicsMsgTimestamp),
    indexMsg: timeText(indexMsgTimestamp),
    masterFlushedOffset,
    confirmPhyOffset,
    closed: unfinished === undefined ? 'yes' : `no (process ${unfinished.processId ?? 'unknown'})`,
  };
}

async function* rows(part: Part, store: StoreReader, flags: DumpFlags): AsyncGenerator<Row> {
  const wanted = (topic: string) => flags.topic === undefined || flags.topic === topic;
  switch (part) {
    case 'records':
      for await (const message of messages(store, flags)) yield recordRow(message);
      return;
    case 'queues':
      for (const queue of await store.queues(flags.topic)) yield { ...queue };
      return;
    case 'entries':
      return yield* entries(store, flags);
    case 'index':
      return yield* indexRows(store);
    case 'checkpoint':
      return yield checkpointRow(store);
    case 'progress':
      for (const each of store.progress()) if (wanted(each.topic)) yield { ...each };
  }
}

async function printTable(pending: readonly Row[]): Promise<void> {
  const head = [...new Set(pending.flatMap((row) => Object.keys(row)))];
  if (head.length > 0)
    await print(
      table(
        head,
        pending.map((row) => head.map((key) => row[key] ?? '')),
      ),
    );
}

export function dumpCommand(): CommandLine {
  const command = addStoreFlags(new Command('dump'))
    .addArgument(new Argument('[part]', 'what of it').choices(PARTS).default('records'))
    .description('show parts of a store as a table, or as JSON lines with --json');
  return addMessageFlags(command)
    .option('-n, --limit <number>', 'rows at most; 0: all', wholeNumber, 100)
    .addHelpText(
      'after',
      `
Parts: records of the commit log; queues with their offsets; entries of a queue; headers of index files; checkpoint;
progress of consumer groups. A broker may be running.

Examples:
  cometmq store dump ./data
  cometmq store dump ./data records --topic orders --key 4711
  cometmq store dump ./data entries --topic orders --queue 0 --from 100 --to 120
  cometmq store dump ./data queues --json --limit 0`,
    )
    .action(async (directory: string, part: Part, flags: DumpFlags) => {
      endQuietlyWithReader();
      using store = await asUsage(openStoreReader(directory, readerOptions(flags)));
      const pending: Row[] = [];
      let count = 0;
      for await (const row of rows(part, store, flags)) {
        if (flags.json === true) await print(`${JSON.stringify(row)}\n`);
        else pending.push(row);
        if (pending.length === TABLE_ROWS) await printTable(pending.splice(0));
        if (++count === flags.limit) break;
      }
      await printTable(pending);
    });
}
