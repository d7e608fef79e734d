import { seededRandom, VirtualClock } from '@cometmq/runtime';
import { SimDisk } from '@cometmq/testkit';
import { describe, expect, it } from 'vitest';
import { Checkpoint } from '../../src/flush/checkpoint.js';

function setUp(): { device: SimDisk; make: () => Checkpoint } {
  const device = new SimDisk({ clock: new VirtualClock(), random: seededRandom(1), mode: 'memory' });
  return { device, make: () => new Checkpoint(device.mount(), '/checkpoint') };
}

describe('the checkpoint', () => {
  it("has Apache's layout: 4096 bytes, five longs", async () => {
    const { device, make } = setUp();
    const checkpoint = make();
    checkpoint.load();
    expect(checkpoint.minTimestamp).toBe(0);
    Object.assign(checkpoint, {
      physicMsgTimestamp: 1_795_244_632_407,
      logicsMsgTimestamp: 1_795_244_632_000,
      indexMsgTimestamp: 3,
      masterFlushedOffset: 2 ** 45,
      confirmPhyOffset: 5,
    });
    await checkpoint.save();
    checkpoint.close();
    const bytes = device.mount().readFileSync('/checkpoint')!;
    expect(bytes.length).toBe(4096);
    const view = new DataView(bytes.buffer, bytes.byteOffset);
    expect([0, 8, 16, 24, 32].map((at) => Number(view.getBigInt64(at)))).toEqual([
      1_795_244_632_407,
      1_795_244_632_000,
      3,
      2 ** 45,
      5,
    ]);
    const again = make();
    again.load();
    expect(again.minTimestamp).toBe(1_795_244_629_000);
    expect(again.masterFlushedOffset).toBe(2 ** 45);
  });

  it.each([[new Uint8Array(0)], [new Uint8Array(39)], [new Uint8Array(4096).fill(0xff)]])(
    'takes nonsense for nothing known',
    (bytes) => {
      const { device, make } = setUp();
      device.mount().writeFileSync('/checkpoint', bytes);
      const checkpoint = make();
      checkpoint.load();
      expect([checkpoint.minTimestamp, checkpoint.physicMsgTimestamp]).toEqual([0, 0]);
    },
  );
});
