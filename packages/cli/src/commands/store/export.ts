import { closeSync, existsSync, ftruncateSync, fstatSync, openSync, readSync, writeSync } from 'node:fs';
import { openStoreReader, type StoreMessage } from '@cometmq/store';
import type { Command as CommandLine } from 'commander';
import { Command, Option } from '../../command-line.js';
import { UsageError } from '../../usage-error.js';
import { addMessageFlags, type MessageFlags, messages } from './message-filter.js';
import { endQuietlyWithReader, print } from './output.js';
import { addStoreFlags, asUsage, readerOptions, type StoreFlags, wholeNumber } from './store-flags.js';

type BodyForm = 'text' | 'base64' | 'json';

interface ExportFlags extends Omit<StoreFlags, 'json'>, MessageFlags {
  readonly body: BodyForm;
  readonly output?: string;
  readonly resume?: boolean;
}

const NEWLINE = 0x0a;
/** A message is larger than its record by base64 at most. */
const LOOK_BACK_BYTES = 1 << 20;

/** The body as asked for; what is no text or no JSON in the next form that can carry it. */
export function bodyFields(bytes: Uint8Array, form: BodyForm): { readonly body: unknown; readonly bodyForm: BodyForm } {
  if (form !== 'base64') {
    try {
      const text = new TextDecoder('utf-8', { fatal: true, ignoreBOM: true }).decode(bytes);
      if (form === 'text') return { body: text, bodyForm: 'text' };
      return asJson(text);
    } catch {
      // Not UTF-8.
    }
  }
  return { body: Buffer.from(bytes).toString('base64'), bodyForm: 'base64' };
}

function asJson(text: string): { readonly body: unknown; readonly bodyForm: BodyForm } {
  try {
    return { body: JSON.parse(text) as unknown, bodyForm: 'json' };
  } catch {
    return { body: text, bodyForm: 'text' };
  }
}

function line(message: StoreMessage, form: BodyForm): string {
  const { topic, queueId, queueOffset, physicalOffset, size, flag, sysFlag, bornTimestamp, storeTimestamp } = message;
  const { bornHost, storeHost, reconsumeTimes, preparedTransactionOffset, offsetMessageId } = message;
  const place = { topic, queueId, queueOffset, physicalOffset, size, offsetMessageId };
  const facts = { flag, sysFlag, bornTimestamp, bornHost, storeTimestamp, storeHost, reconsumeTimes };
  const properties = Object.fromEntries(message.properties);
  return `${JSON.stringify({ ...place, ...facts, preparedTransactionOffset, properties, ...bodyFields(message.body, form) })}\n`;
}

/** Where an export goes on: behind the last whole line; a part of one is cut off. */
function resumeAt(file: number, byQueue: boolean): number | undefined {
  const { size } = fstatSync(file);
  for (let length = Math.min(size, LOOK_BACK_BYTES); ; length = Math.min(size, length * 2)) {
    const bytes = Buffer.alloc(length);
    readSync(file, bytes, 0, length, size - length);
    const end = bytes.lastIndexOf(NEWLINE);
    const begin = end <= 0 ? -1 : bytes.lastIndexOf(NEWLINE, end - 1);
    if (end < 0 || (begin < 0 && length < size)) {
      if (length < size) continue;
      ftruncateSync(file, 0);
      return undefined;
    }
    ftruncateSync(file, size - length + end + 1);
    const last = JSON.parse(bytes.subarray(begin + 1, end).toString()) as Record<string, number>;
    return byQueue ? last['queueOffset']! + 1 : last['physicalOffset']! + last['size']!;
  }
}

async function exportTo(path: string, directory: string, flags: ExportFlags): Promise<void> {
  if (flags.resume !== true && existsSync(path))
    throw new UsageError(`${path} is there already: give --resume to go on with it, or another name`);
  const file = openSync(path, existsSync(path) ? 'r+' : 'w+');
  try {
    const from = resumeAt(file, flags.queue !== undefined) ?? flags.from;
    let position = fstatSync(file).size;
    let count = 0;
    using store = await asUsage(openStoreReader(directory, readerOptions(flags)));
    for await (const message of messages(store, { ...flags, ...(from === undefined ? {} : { from }) })) {
      position += writeSync(file, line(message, flags.body), position);
      count++;
    }
    process.stderr.write(`${count} messages were written to ${path}\n`);
  } finally {
    closeSync(file);
  }
}

export function exportCommand(): CommandLine {
  const command = addStoreFlags(new Command('export')).description('write messages as JSON lines');
  return addMessageFlags(command)
    .option('-n, --limit <number>', 'messages at most; 0: all', wholeNumber, 0)
    .addOption(
      new Option('--body <form>', 'form of bodies; one that does not fit is written as text or base64: bodyForm tells')
        .choices(['text', 'base64', 'json'])
        .default('text'),
    )
    .option('-o, --output <file>', 'where to write (default: stdout)')
    .option('--resume', 'go on behind the last message in the file')
    .addHelpText(
      'after',
      `
Bodies are decompressed. A broker may be running. An export that was interrupted goes on with --resume and the same flags.

Examples:
  cometmq store export ./data --topic orders --body json -o orders.jsonl
  cometmq store export ./data --topic orders --body json -o orders.jsonl --resume
  cometmq store export ~/store --begin 2026-11-21T00:00:00Z | gzip > today.jsonl.gz`,
    )
    .action(async (directory: string, flags: ExportFlags) => {
      if (flags.output !== undefined) return exportTo(flags.output, directory, flags);
      if (flags.resume === true) throw new UsageError('--resume needs --output');
      endQuietlyWithReader();
      using store = await asUsage(openStoreReader(directory, readerOptions(flags)));
      for await (const message of messages(store, flags)) await print(line(message, flags.body));
    });
}
