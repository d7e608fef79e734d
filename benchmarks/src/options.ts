import { parseArgs } from 'node:util';

export const usage = `Measures CometMQ side by side with Apache RocketMQ, Redis Streams and NATS JetStream.

  --quick       rough figures within three minutes
  --only a,b    groups or cases that begin so: apache, peers, apache/sync-flush, peers/window-256
  --peers       only Redis, NATS and the bare round trip
  --no-store    do not write the figures of a complete run to benchmarks/baseline
`;

export const groupNames = ['apache', 'peers'] as const;

export interface Options {
  readonly help: boolean;
  readonly quick: boolean;
  /** Whether the figures become the baseline: only those of a complete run do. */
  readonly store: boolean;
  /** Beginnings of case names; never empty. */
  readonly only: readonly string[];
}

/** Throws on unknown flags and on names that no case begins with. */
export function parseOptions(args: readonly string[]): Options {
  const { values } = parseArgs({
    args: [...args],
    options: {
      quick: { type: 'boolean', default: false },
      only: { type: 'string' },
      peers: { type: 'boolean', default: false },
      'no-store': { type: 'boolean', default: false },
      help: { type: 'boolean', default: false },
    },
  });
  const named = (values.only ?? '').split(',').filter((name) => name !== '');
  for (const name of named) {
    if (!groupNames.some((group) => name === group || name.startsWith(`${group}/`))) {
      throw new Error(`--only ${name}: a group (${groupNames.join(', ')}) or a case such as apache/sync-8-1024`);
    }
  }
  const only = [...named, ...(values.peers ? ['peers'] : [])];
  return {
    help: values.help,
    quick: values.quick,
    store: only.length === 0 && !values['no-store'],
    only: only.length === 0 ? groupNames : only,
  };
}

/** Whether `--only` asks for this case. */
export const isWanted = (id: string, only: readonly string[]): boolean => only.some((name) => id.startsWith(name));
