import { StoreError, type StoreReaderOptions } from '@cometmq/store';
import type { Command as CommandLine } from 'commander';
import { InvalidArgumentError } from '../../command-line.js';
import { UsageError } from '../../usage-error.js';

/** Flags of all commands that work on a store directory without a broker. */
export interface StoreFlags {
  readonly commitLog?: string;
  readonly logFileSize?: number;
  readonly queueFileSize?: number;
  readonly indexSlots?: number;
  readonly indexEntries?: number;
  readonly json?: boolean;
}

/** A whole number from 0 on. */
export function wholeNumber(text: string): number {
  const number = Number(text);
  if (/^\d+$/.test(text) && Number.isSafeInteger(number)) return number;
  throw new InvalidArgumentError('a whole number from 0 on is expected');
}

/** Milliseconds since 1970, or a date as `2026-11-21T10:00:00Z`. */
export function timestamp(text: string): number {
  const time = /^\d+$/.test(text) ? Number(text) : Date.parse(text);
  if (Number.isSafeInteger(time)) return time;
  throw new InvalidArgumentError('a time is a number of milliseconds or a date as 2026-11-21T10:00:00Z');
}

/** Adds the directory and the flags about its layout. */
export function addStoreFlags(command: CommandLine): CommandLine {
  return command
    .argument('<directory>', "storePathRootDir: the directory that has commitlog, of Apache's broker or of ours")
    .option('--commit-log <directory>', 'storePathCommitLog, when it is not in the store directory')
    .option('--log-file-size <bytes>', 'mappedFileSizeCommitLog (default: the longest file)', wholeNumber)
    .option('--queue-file-size <bytes>', 'mappedFileSizeConsumeQueue (default: the longest file)', wholeNumber)
    .option('--index-slots <number>', 'maxHashSlotNum (default: found out from the files)', wholeNumber)
    .option('--index-entries <number>', 'maxIndexNum (default: found out from the files)', wholeNumber)
    .option('--json', 'JSON instead of text');
}

export function readerOptions(flags: StoreFlags): Omit<StoreReaderOptions, 'ports'> {
  if ((flags.indexSlots === undefined) !== (flags.indexEntries === undefined))
    throw new UsageError('--index-slots and --index-entries belong together');
  return {
    storePathCommitLog: flags.commitLog,
    mappedFileSizeCommitLog: flags.logFileSize,
    mappedFileSizeConsumeQueue: flags.queueFileSize,
    maxHashSlotNum: flags.indexSlots,
    maxIndexNum: flags.indexEntries,
  };
}

/** A directory that is no store is a mistake of the command line. */
export async function asUsage<T>(work: Promise<T>): Promise<T> {
  try {
    return await work;
  } catch (error) {
    if (error instanceof StoreError && (error.code === 'NOT_FOUND' || error.code === 'UNSUPPORTED'))
      throw new UsageError(error.message, { cause: error });
    throw error;
  }
}
