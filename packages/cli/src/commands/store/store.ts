import type { Command as CommandLine } from 'commander';
import { Command } from '../../command-line.js';
import { dumpCommand } from './dump.js';
import { exportCommand } from './export.js';
import { repairCommand } from './repair.js';
import { verifyCommand } from './verify.js';

/** `cometmq store`: work on a store directory without a broker. */
export function storeCommand(): CommandLine {
  return new Command('store')
    .description("look into a store directory without a broker, Apache's too; verify and repair it")
    .addCommand(verifyCommand())
    .addCommand(dumpCommand())
    .addCommand(exportCommand())
    .addCommand(repairCommand());
}
