import { type Disk, seededRandom, silentLogger, VirtualClock } from '@cometmq/runtime';
import { memoryDisk } from '@cometmq/testkit';
import { describe, expect, it } from 'vitest';
import { LocalOffsets } from '../../../src/consumer/offsets/local-offsets.js';

const queue = { topic: 't', brokerName: 'b', queueId: 0 };
const folder = '/offsets/client/g';
const disk = () => memoryDisk(new VirtualClock(), seededRandom(1));
const store = (on: Disk) => new LocalOffsets(silentLogger, { disk: on, folder });

describe('offsets of a broadcasting instance', () => {
  it('outlive the instance in a file of Apache’s form', async () => {
    const on = disk();
    const first = store(on);
    expect(await first.load(queue)).toBeUndefined();
    await Promise.all([first.save([{ queue, offset: 5 }]), first.save([{ queue, offset: 6 }])]);
    expect(String(Buffer.from(on.readFileSync(`${folder}/offsets.json`)!))).toBe(
      '{"offsetTable":{{"brokerName":"b","queueId":0,"topic":"t"}:6}}',
    );
    expect(await store(on).load(queue)).toBe(6);
  });

  it('come from the copy of the version before when the file is damaged, and are unknown without one', async () => {
    const on = disk();
    await store(on).save([{ queue, offset: 5 }]);
    const good = on.readFileSync(`${folder}/offsets.json`)!;
    await on.replaceFile(`${folder}/offsets.json`, Buffer.from('{"offsetTable":{{"bro'));
    expect(await store(on).load(queue)).toBeUndefined();
    await on.replaceFile(`${folder}/offsets.json.bak`, good);
    expect(await store(on).load(queue)).toBe(5);
  });

  it('are written again after a write that failed', async () => {
    const on = disk();
    let full = true;
    const failing = {
      readFileSync: (path: string) => on.readFileSync(path),
      makeDirectorySync: (path: string) => on.makeDirectorySync(path),
      replaceFile: (path: string, bytes: Uint8Array) =>
        full ? Promise.reject(new Error('the disk is full')) : on.replaceFile(path, bytes),
    } as Disk;
    const offsets = store(failing);
    await offsets.save([{ queue, offset: 5 }]);
    expect(await offsets.load(queue)).toBe(5);
    full = false;
    await offsets.save([{ queue, offset: 5 }]);
    expect(await store(on).load(queue)).toBe(5);
  });

  it('stay in memory without a disk', async () => {
    const offsets = new LocalOffsets(silentLogger);
    await offsets.save([{ queue, offset: 5 }]);
    expect(await offsets.load(queue)).toBe(5);
  });
});
