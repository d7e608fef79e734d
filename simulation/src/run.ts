// The command: `npm run simulate -- --help`.
import { type CommandOptions, helpText, readOptions, UsageError } from './command/options.js';
import { simulateCommand } from './command/simulate-command.js';

const print = (line: string): void => console.log(line);

function options(): CommandOptions | undefined {
  try {
    return readOptions(process.argv.slice(2));
  } catch (error) {
    if (!(error instanceof UsageError)) throw error;
    console.error(`${error.message}\n--help tells more.`);
    process.exit(2);
  }
}

const given = options();
if (given === undefined) print(helpText());
else {
  let rejected = 0;
  // A promise of a program that nobody looks after would end a real one.
  process.on('unhandledRejection', (error) => {
    rejected += 1;
    print(`     unhandled rejection: ${error instanceof Error ? (error.stack ?? error.message) : String(error)}`);
  });
  const { failed } = await simulateCommand(given, { print, now: () => performance.now() });
  process.exitCode = failed + rejected === 0 ? 0 : 1;
}
