import { OptionsError } from '@cometmq/runtime';
import type { Command as CommandLine } from 'commander';
import { Command, CommanderError } from './command-line.js';
import { brokerCommand } from './commands/broker.js';
import { namesrvCommand } from './commands/namesrv.js';
import { startCommand } from './commands/start.js';
import { storeCommand } from './commands/store/store.js';
import { UsageError } from './usage-error.js';

/** The command line as a whole; throws CommanderError instead of ending the process. */
export function program(): CommandLine {
  const root = new Command('cometmq')
    .description('RocketMQ for Node teams: name server, broker and their tools')
    .version('0.1.0')
    .showHelpAfterError('(cometmq <command> --help tells more)')
    .addCommand(startCommand())
    .addCommand(namesrvCommand())
    .addCommand(brokerCommand())
    .addCommand(storeCommand());
  throwsInsteadOfExit(root);
  return root;
}

function throwsInsteadOfExit(command: CommandLine): void {
  command.exitOverride();
  for (const each of command.commands) throwsInsteadOfExit(each);
}

/** Settings that make no sense, wherever they came from. */
function isUsage(error: unknown): boolean {
  return error instanceof UsageError || error instanceof OptionsError;
}

/** Runs one command. Exit codes: 0 done, 1 it failed, 2 the command line or a settings file is wrong. */
export async function main(argv: readonly string[]): Promise<void> {
  try {
    await program()
      .exitOverride()
      .parseAsync([...argv]);
  } catch (error) {
    if (error instanceof CommanderError) process.exit(error.exitCode === 0 ? 0 : 2);
    const message = error instanceof Error ? error.message : String(error);
    process.stderr.write(`cometmq: ${message}\n`);
    if (process.env['COMETMQ_LOG_LEVEL'] === 'debug' && error instanceof Error)
      process.stderr.write(`${error.stack}\n`);
    process.exit(isUsage(error) ? 2 : 1);
  }
}
