import { type Finding, openStoreReader, type VerifyReport } from '@cometmq/store';
import type { Command as CommandLine } from 'commander';
import { Command } from '../../command-line.js';
import { print, progressBar, timeText } from './output.js';
import { addStoreFlags, asUsage, readerOptions, type StoreFlags } from './store-flags.js';

/** A finding in one line: what, where, why. */
export function findingLine({ severity, room, path, offset, message }: Finding): string {
  const place = offset === undefined ? path : `${path} at ${offset}`;
  return `${severity === 'damage' ? 'DAMAGE' : 'note  '} ${room}: ${place}: ${message}\n`;
}

/** The report for people. */
export function reportText(report: VerifyReport): string {
  const { log, queues, index } = report;
  const closed = report.closedInOrder ? 'closed in order' : 'in use, or not closed in order';
  const left = report.leftOut > 0 ? `${report.leftOut} more findings were left out\n` : '';
  const verdict = report.damages === 0 ? 'The store is sound.' : `${report.damages} damages were found.`;
  return `${report.findings.map(findingLine).join('')}${left}
${report.directory} (${closed})
  log      ${log.records} messages from ${log.minOffset} to ${log.maxOffset}, the last one of ${timeText(log.lastTimestamp)}
  queues   ${queues.count} with ${queues.entries} entries that were compared
  index    ${index.files} files with ${index.entries} entries
${verdict}
`;
}

export function verifyCommand(): CommandLine {
  return addStoreFlags(new Command('verify'))
    .description('go through all files of a store and compare them with each other; changes nothing')
    .addHelpText(
      'after',
      `
Checked: records of the log (magic, size, checksum, position), queue entries and index entries against the log, lengths
and names of files, checkpoint, JSON of config. Beside a running broker the newest messages may be noted as missing.
Exit codes: 0 sound, 1 damage was found, 2 the command line is wrong or the directory is no store.

Examples:
  cometmq store verify ./data
  cometmq store verify ~/store --json | jq '.findings[] | select(.severity == "damage")'`,
    )
    .action(async (directory: string, flags: StoreFlags) => {
      using store = await asUsage(openStoreReader(directory, readerOptions(flags)));
      const bar = progressBar('verify');
      const report = await store.verify({ onProgress: (done, all) => bar.update(done, all) });
      bar.stop();
      await print(flags.json === true ? `${JSON.stringify(report)}\n` : reportText(report));
      if (report.damages > 0) process.exitCode = 1;
    });
}
