import { brokerOptions } from '@cometmq/broker';
import { namesrvOptions, readNameServerOptions } from '@cometmq/namesrv';
import { formatOption, type Logger, type OptionTable, silentLogger } from '@cometmq/runtime';
import { storeOptions } from '@cometmq/store';
import { describe, expect, it } from 'vitest';
import { goldenJson } from '../../../tools/golden-reader/golden-files.js';
import { APACHE_BROKER_KEYS } from '../src/apache-broker-keys.js';
import { readBrokerProperties } from '../src/broker-properties.js';

type Defaults = Readonly<Record<string, string>>;
const golden =
  goldenJson<
    Record<
      | 'BrokerConfig'
      | 'MessageStoreConfig'
      | 'NamesrvConfig'
      | 'NettyServerConfig'
      | 'NettyClientConfig'
      | 'AuthConfig',
      Defaults
    >
  >('records/config-defaults.json');
const { AuthConfig, BrokerConfig, MessageStoreConfig, NamesrvConfig, NettyClientConfig, NettyServerConfig } = golden;
const ofBrokerFile = {
  ...BrokerConfig,
  ...MessageStoreConfig,
  ...NettyServerConfig,
  ...NettyClientConfig,
  ...AuthConfig,
};

/** Our default and Apache's, where they differ; `undefined`: the key is ours alone, or Apache's has no default. */
function differences(table: OptionTable, apache: Defaults): Record<string, [ours: string, apache: string | undefined]> {
  const rows = Object.entries(table).map(
    ([key, spec]) => [key, [formatOption(spec, spec.default), apache[key]]] as [string, [string, string | undefined]],
  );
  return Object.fromEntries(rows.filter(([, [ours, theirs]]) => ours !== theirs));
}

function logged(read: (logger: Logger) => unknown): string[] {
  const lines: string[] = [];
  read({
    ...silentLogger,
    info: (message) => void lines.push(`info ${message}`),
    warn: (message) => void lines.push(`warn ${message}`),
  });
  return lines;
}

describe("defaults are Apache's", () => {
  it('of the broker, but for', () => {
    expect(differences(brokerOptions, { ...MessageStoreConfig, ...BrokerConfig })).toEqual({
      // The host's name changes with the machine and the network; a store must keep its broker's.
      brokerName: ['broker-a', '(host name)'],
      // The name server tells each client an address that it can reach.
      brokerIP1: ['', '(local address)'],
      // The program that starts Apache's broker sets it to 10911, too.
      listenPort: ['10911', '6888'],
      // Apache's has no default.
      namesrvAddr: ['', undefined],
      // Ours alone.
      maxHeldPulls: ['100000', undefined],
      refuseLateOffsets: ['true', undefined],
      flushConsumerOffsetDirtyCount: ['100000', undefined],
    });
  });

  it('of the store, but for', () => {
    expect(differences(storeOptions, MessageStoreConfig)).toEqual({
      // Apache's has no default; both take the same directory.
      storePathCommitLog: ['', undefined],
      // Ours alone. Apache takes accessMessageInMemoryMaxRatio of the machine's memory.
      accessMessageInMemoryMaxBytes: [String(4 * 2 ** 30), undefined],
      maxWaitingPuts: ['100000', undefined],
      recentLogMaxBytes: [String(64 << 20), undefined],
      maxQueueTailBytes: [String(32 << 20), undefined],
      maxOpenFiles: ['512', undefined],
      truncateDamagedCommitLog: ['false', undefined],
    });
  });

  it('of the name server, but for', () => {
    expect(differences(namesrvOptions, NamesrvConfig)).toEqual({
      // Apache's stand in the home directory of the user.
      rocketmqHome: ['.', 'home'],
      kvConfigPath: ['', 'HOME/namesrv/kvConfig.json'],
      configStorePath: ['', 'HOME/namesrv/namesrv.properties'],
    });
  });
});

describe("the keys of Apache's files", () => {
  it('are all known', () => {
    expect(Object.keys(ofBrokerFile).filter((key) => !APACHE_BROKER_KEYS.has(key))).toEqual([]);
  });

  it('raise no warning, whatever their number', () => {
    const values = { ...ofBrokerFile, accessMessageInMemoryMaxRatio: '40' };
    const lines = logged((logger) => readBrokerProperties(values, logger));
    expect(lines).toHaveLength(1);
    expect(lines[0]).toMatch(/^info options of Apache's server that have no effect here: \d{3}$/);
    expect(logged((logger) => readNameServerOptions({ ...NettyServerConfig, ...NamesrvConfig }, logger))).toEqual([
      expect.stringMatching(/^info .* no effect here: \d\d$/),
    ]);
  });
});

describe('readBrokerProperties', () => {
  it('gives broker and store what is theirs, and leaves out what the composition decides', () => {
    const texts = {
      brokerName: 'b',
      maxMessageSize: '100',
      flushDiskType: 'SYNC_FLUSH',
      listenPort: '1',
      storePathRootDir: '/x',
      namesrvAddr: 'n:1',
    };
    const lines = logged((logger) =>
      expect(readBrokerProperties(texts, logger)).toEqual({
        brokerName: 'b',
        maxMessageSize: 100,
        store: { flushDiskType: 'SYNC_FLUSH' },
      }),
    );
    expect(lines).toEqual([]);
  });

  it('warns of a misspelt key with the one that may be meant', () => {
    expect(logged((logger) => readBrokerProperties({ flushDiskTyp: 'SYNC_FLUSH' }, logger))).toEqual([
      'warn nobody knows the option flushDiskTyp: it is passed over; was flushDiskType meant?',
    ]);
  });

  it('names every value that makes no sense, with its source', () => {
    const sources = [
      { name: 'broker.conf', entries: [['maxMessageSize', 'abc']] },
      { name: '--set', entries: [['deleteWhen', '25']] },
    ] as const;
    expect(() => readBrokerProperties(sources, silentLogger)).toThrow(
      'maxMessageSize=abc (broker.conf): must be an integer from 10 to 1073741824 (bytes)\n' +
        'deleteWhen=25 (--set): must be hours from 00 to 23 separated by ";"',
    );
  });
});
