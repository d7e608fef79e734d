import { brokerOptions } from '@cometmq/broker';
import { namesrvOptions } from '@cometmq/namesrv';
import type { OptionTable } from '@cometmq/runtime';
import { storeOptions } from '@cometmq/store';
import { markdownTable } from './markdown-table.js';
import { readableDefault, readableRange } from './option-text.js';

const INTRODUCTION = `<!-- Written from the option tables by \`npm run docs\`: change those. -->

# Configuration

Keys and defaults are Apache RocketMQ's where it has them, so its \`broker.conf\` and \`namesrv.conf\` can be used as they are. Keys
that only Apache's servers know have no effect and are counted in one line of the log (their names at level \`debug\`); a key that
nobody knows is a warning with the one that may have been meant; a value out of its range ends the start with exit code 2.

Later sources win over earlier ones:

1. the file: \`cometmq start -c broker.conf\`
2. \`COMETMQ_SET="key=value;key=value"\`
3. one environment variable per key: \`COMETMQ_SET_FLUSH_DISK_TYPE=SYNC_FLUSH\`
4. \`--set key=value\`, repeatable

The command line decides \`listenPort\` (\`--port\`), and \`cometmq start\` brings its own name server. \`--store\` wins over
\`storePathRootDir\`. "restart" in the last column: a running server refuses to change the key; the others are changed by
UPDATE_BROKER_CONFIG or UPDATE_NAMESRV_CONFIG.`;

function section(title: string, note: string, table: OptionTable, source: string): string {
  const rows = Object.entries(table).map(([key, spec]) => [
    `\`${key}\``,
    [spec.meaning, spec.danger === undefined ? '' : `**Mind:** ${spec.danger}`].filter((part) => part !== '').join(' '),
    `${readableDefault(spec)}${spec.unit === undefined || readableDefault(spec).endsWith('iB') ? '' : ` ${spec.unit}`}`,
    readableRange(spec),
    spec.atStart === true ? 'restart' : 'any time',
  ]);
  const head = ['key', 'meaning', 'default', 'range', 'changed by'];
  return [`## ${title}`, '', `${note} Table: \`${source}\`.`, '', markdownTable(head, rows)].join('\n');
}

/** docs/configuration.md */
export function configurationPage(): string {
  const own = Object.fromEntries(Object.entries(storeOptions).filter(([key]) => !Object.hasOwn(brokerOptions, key)));
  return `${[
    INTRODUCTION,
    section(
      'Broker',
      'Changes by request are kept in `config/broker.properties` of the store and win at the next start; remove the file to forget them.',
      brokerOptions,
      'packages/broker/src/broker-options.ts',
    ),
    section('Store', 'Keys of the same file.', own, 'packages/store/src/store-options.ts'),
    section(
      'Name server',
      'Changes by request are kept in `configStorePath`; the keys in `configBlackList` cannot be changed so.',
      namesrvOptions,
      'packages/namesrv/src/configuration/namesrv-options.ts',
    ),
  ].join('\n\n')}\n`;
}
