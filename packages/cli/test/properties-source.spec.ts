import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { OptionsError } from '@cometmq/runtime';
import { brokerFileOptions } from '@cometmq/standalone';
import { describe, expect, it, onTestFinished } from 'vitest';
import { propertyOf, readProperties } from '../src/properties-source.js';
import { UsageError } from '../src/usage-error.js';

describe('readProperties', () => {
  it('lets flags win over the environment and the environment over the file', () => {
    const dir = mkdtempSync(join(tmpdir(), 'cometmq-conf-'));
    onTestFinished(() => rmSync(dir, { recursive: true }));
    const file = join(dir, 'broker.conf');
    writeFileSync(file, '# Apache style\nbrokerName = from-file\nflushDiskType=SYNC_FLUSH\nlistenPort=1\n');
    const environment = {
      COMETMQ_SET: 'brokerName=from-env; listenPort=2; regionId=r1',
      COMETMQ_SET_REGION_ID: 'r2',
      COMETMQ_SET_DELETEWHEN: '04;12',
      COMETMQ_PORT: '9',
    };
    const sources = readProperties({ file, environment, flags: ['brokerName=from-flag', 'x=a=b'] }, brokerFileOptions);
    expect(sources.map(({ name }) => name)).toEqual(['broker.conf', 'COMETMQ_SET', 'environment', '--set']);
    const keys = ['brokerName', 'flushDiskType', 'listenPort', 'regionId', 'deleteWhen', 'x', 'traceOn'];
    expect(keys.map((key) => propertyOf(sources, key))).toEqual([
      'from-flag',
      'SYNC_FLUSH',
      '2',
      'r2',
      '04;12',
      'a=b',
      undefined,
    ]);
  });

  it('names what it cannot read', () => {
    expect(() => readProperties({ flags: ['novalue'] }, brokerFileOptions)).toThrow(OptionsError);
    expect(() => readProperties({ environment: { COMETMQ_SET: 'novalue' } }, brokerFileOptions)).toThrow('COMETMQ_SET');
    expect(() => readProperties({ file: '/nowhere/broker.conf' }, brokerFileOptions)).toThrow(UsageError);
    expect(() => readProperties({ file: '/nowhere/broker.conf' }, brokerFileOptions)).toThrow(
      /cannot read \/nowhere\/broker.conf/,
    );
  });
});
