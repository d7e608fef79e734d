import { describe, expect, expectTypeOf, it } from 'vitest';
import {
  completeOptions,
  defineOptions,
  environmentEntries,
  flagEntries,
  formatOption,
  optionDefaults,
  optionRange,
  OptionsError,
  optionSources,
  type OptionValues,
  parseOption,
  parseOptions,
} from '../src/options.js';
import { parseProperties } from '../src/properties.js';

const table = defineOptions({
  brokerName: { type: 'string', default: 'broker-a', pattern: /^[\w-]+$/, meaning: 'Name of the group of replicas.' },
  listenPort: { type: 'int', default: 10911, min: 1, max: 65535, meaning: 'Where clients connect.' },
  mappedFileSize: { type: 'long', default: 1024 ** 3, min: 4096, unit: 'bytes', meaning: 'Length of a file.' },
  flushDiskType: { type: 'enum', default: 'ASYNC_FLUSH', values: ['ASYNC_FLUSH', 'SYNC_FLUSH'], meaning: 'When.' },
  autoCreate: { type: 'boolean', default: true, meaning: 'Makes topics.', danger: 'Misspelt topics stay.' },
  namesrvAddr: { type: 'csv', default: [], separator: ';', meaning: 'Name servers.' },
});

type Values = OptionValues<typeof table>;

describe('option tables', () => {
  it('give the types of their values', () => {
    expectTypeOf<Values>().toEqualTypeOf<{
      readonly brokerName: string;
      readonly listenPort: number;
      readonly mappedFileSize: number;
      readonly flushDiskType: 'ASYNC_FLUSH' | 'SYNC_FLUSH';
      readonly autoCreate: boolean;
      readonly namesrvAddr: readonly string[];
    }>();
    const values: Values = optionDefaults(table);
    expect(values).toMatchObject({ listenPort: 10911, flushDiskType: 'ASYNC_FLUSH', namesrvAddr: [] });
  });

  it('refuse defaults that are no values', () => {
    const meaning = 'x';
    expect(() => defineOptions({ a: { type: 'int', default: 0, min: 1, meaning } })).toThrow('option a');
    expect(() => defineOptions({ a: { type: 'enum', default: 'c', values: ['a', 'b'], meaning } })).toThrow('option a');
    expect(() => defineOptions({ a: { type: 'int', default: 1.5, meaning } })).toThrow('option a');
  });

  it('read file, environment and flags, the later winning', () => {
    const file = parseProperties(
      'listenPort=1\nflushDiskType=SYNC_FLUSH\nnamesrvAddr=a:1; b:2;\nbrokerIP1=1.2.3.4\nlistenport=7',
    );
    const environment = {
      COMET_LISTEN_PORT: '2',
      COMET_MAPPEDFILESIZE: '8192',
      COMET_NOPE: 'x',
      OTHER: 'y',
      COMET_X: undefined,
    };
    const { given, unknown, values } = parseOptions(table, [
      { name: 'broker.conf', entries: file },
      { name: 'environment', entries: environmentEntries(table, environment, 'COMET_') },
      { name: '--set', entries: flagEntries(['listenPort=3', 'autoCreate = FALSE']) },
    ]);
    expect(values).toEqual({
      brokerName: 'broker-a',
      listenPort: 3,
      mappedFileSize: 8192,
      flushDiskType: 'SYNC_FLUSH',
      autoCreate: false,
      namesrvAddr: ['a:1', 'b:2'],
    });
    expect([...given].sort()).toEqual(['autoCreate', 'flushDiskType', 'listenPort', 'mappedFileSize', 'namesrvAddr']);
    expect(unknown).toEqual([
      { key: 'brokerIP1', source: 'broker.conf', meant: undefined },
      { key: 'listenport', source: 'broker.conf', meant: 'listenPort' },
      { key: 'COMET_NOPE', source: 'environment', meant: undefined },
    ]);
  });

  it('tell everything that is wrong, with what is allowed', () => {
    const entries = Object.entries({
      brokerName: 'a b',
      listenPort: '70000',
      mappedFileSize: '1e9',
      flushDiskType: 'SOMETIMES',
      autoCreate: 'yes',
    });
    const read = () => parseOptions(table, [{ name: 'broker.conf', entries }]);
    expect(read).toThrow(OptionsError);
    expect(read).toThrow(
      [
        'brokerName=a b (broker.conf): must be a text like ^[\\w-]+$',
        'listenPort=70000 (broker.conf): must be an integer from 1 to 65535',
        'mappedFileSize=1e9 (broker.conf): must be an integer from 4096 to 9007199254740991 (bytes)',
        'flushDiskType=SOMETIMES (broker.conf): must be one of ASYNC_FLUSH, SYNC_FLUSH',
        'autoCreate=yes (broker.conf): must be true or false',
      ].join('\n'),
    );
    expect(() => [...flagEntries(['nothing'])]).toThrow('key=value');
  });

  it('complete what a program gives, and check it', () => {
    expect(completeOptions(table, { listenPort: 3, namesrvAddr: ['a:1'], autoCreate: undefined })).toEqual({
      ...optionDefaults(table),
      listenPort: 3,
      namesrvAddr: ['a:1'],
    });
    expect(() => completeOptions(table, { listenPort: 0.5, flushDiskType: 'x' as 'SYNC_FLUSH' })).toThrow(
      'listenPort=0.5 (options): must be an integer from 1 to 65535\nflushDiskType=x (options): must be one of',
    );
    expect(() => completeOptions(table, { listenPort: '3' as unknown as number })).toThrow('listenPort');
    expect(() => completeOptions(table, { namesrvAddr: 'a:1' as unknown as [] })).toThrow('namesrvAddr');
  });

  it('tell a pattern in words', () => {
    const spec = { type: 'string', default: '04', pattern: /^\d\d$/, form: 'an hour', meaning: 'x' } as const;
    expect(() => parseOptions({ at: spec }, optionSources({ at: '4' }, 'f'))).toThrow('at=4 (f): must be an hour');
    const sources = [{ name: 'g', entries: [['at', '12']] }] as const;
    expect(optionSources(sources, 'f')).toBe(sources);
  });

  it('do not mistake what every object has for options', () => {
    const entries = [
      ['constructor', 'x'],
      ['__proto__', 'y'],
    ] as const;
    expect(parseOptions(table, [{ name: 'f', entries }]).unknown.map(({ key }) => key)).toEqual([
      'constructor',
      '__proto__',
    ]);
  });

  it('write values that they read back', () => {
    expect(parseOption(table.namesrvAddr, formatOption(table.namesrvAddr, ['a:1', 'b:2']))).toEqual(['a:1', 'b:2']);
    expect(parseOption(table.listenPort, formatOption(table.listenPort, 7))).toBe(7);
    expect(optionRange(table.namesrvAddr)).toBe('texts separated by ";"');
  });
});
