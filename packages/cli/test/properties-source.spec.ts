import { mkdtempSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { describe, expect, it } from 'vitest';
import { readProperties } from '../src/properties-source.js';
import { UsageError } from '../src/usage-error.js';

describe('readProperties', () => {
  it('lets flags win over the environment and the environment over the file', () => {
    const file = join(mkdtempSync(join(tmpdir(), 'cometmq-conf-')), 'broker.conf');
    writeFileSync(file, '# Apache style\nbrokerName = from-file\nflushDiskType=SYNC_FLUSH\nlistenPort=1\n');
    const properties = readProperties({
      file,
      environment: 'brokerName=from-env; listenPort=2',
      flags: ['brokerName=from-flag', 'x=a=b'],
    });
    expect(properties).toEqual({ brokerName: 'from-flag', flushDiskType: 'SYNC_FLUSH', listenPort: '2', x: 'a=b' });
  });

  it('names what it cannot read', () => {
    expect(() => readProperties({ flags: ['novalue'] })).toThrow(UsageError);
    expect(() => readProperties({ file: '/nowhere/broker.conf' })).toThrow(/cannot read \/nowhere\/broker.conf/);
  });
});
