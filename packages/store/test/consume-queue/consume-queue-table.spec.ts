import { seededRandom, VirtualClock } from '@cometmq/runtime';
import { SimDisk } from '@cometmq/testkit';
import { describe, expect, it } from 'vitest';
import type { ConsumeQueue } from '../../src/consume-queue/consume-queue.js';
import { ConsumeQueueTable } from '../../src/consume-queue/consume-queue-table.js';
import { HandlePool } from '../../src/segment/handle-pool.js';

function setUp(maxTailBytes: number): { device: SimDisk; table: ConsumeQueueTable } {
  const clock = new VirtualClock();
  const device = new SimDisk({ clock, random: seededRandom(1), mode: 'memory' });
  const disk = device.mount();
  const options = { directory: '/cq', fileSize: 1 << 20, maxTailBytes };
  return { device, table: new ConsumeQueueTable(options, clock, disk, new HandlePool(disk, 16)) };
}

const push = (table: ConsumeQueueTable, queue: ConsumeQueue, count: number) => {
  for (let index = 0; index < count; index++) table.push(queue, queue.end * 100, 100, -queue.end);
};

async function expectEntries(queue: ConsumeQueue, count: number): Promise<void> {
  const wrong: number[] = [];
  for (let offset = 0; offset < count;) {
    const block = await queue.read(offset, 500);
    for (let index = 0; index < block.count; index++) {
      const { physicalOffset, size, tagsCode } = block.entry(index);
      if (physicalOffset !== (offset + index) * 100 || size !== 100 || tagsCode !== 0 - offset - index)
        wrong.push(offset + index);
    }
    expect(block.count).toBeGreaterThan(0);
    offset += block.count;
  }
  expect(wrong).toEqual([]);
}

describe('the table of queues', () => {
  it('keeps the memory of all tails within its bound; entries go to their files', async () => {
    const { table } = setUp(50_000);
    const queues = Array.from({ length: 300 }, (_, index) => table.findOrCreate('T', index));
    for (let round = 0; round < 5; round++) {
      for (const queue of queues) {
        push(table, queue, 7);
        expect(table.tailBytes).toBeLessThanOrEqual(51_000);
      }
    }
    for (const queue of queues) await expectEntries(queue, 35);
  });

  it('bounds one long tail', async () => {
    const { table } = setUp(1 << 30);
    const queue = table.findOrCreate('T', 0);
    push(table, queue, 50_000);
    expect(table.tailBytes).toBeLessThan(200_000);
    await expectEntries(queue, 50_000);
  });

  it('drops no entry that cannot be written, however many there are', async () => {
    const { table, device } = setUp(10_000);
    const queue = table.findOrCreate('T', 0);
    push(table, queue, 10);
    table.writeSome(10);
    device.plan({ operation: 'write', count: 1_000_000 });
    push(table, queue, 20_000);
    expect(() => table.writeSome(10)).toThrow(/simulated failure/);
    await expectEntries(queue, 20_010);
    device.faults.clear();
    table.writeSome(10);
    expect(table.unwritten).toBe(0);
    expect(queue.written).toBe(20_010);
    await expectEntries(queue, 20_010);
  });

  it('forgets entries behind an offset, in memory and in files', async () => {
    const { table } = setUp(1 << 20);
    const queue = table.findOrCreate('T', 0);
    push(table, queue, 100);
    table.writeSome(1);
    push(table, queue, 50);
    table.truncate(queue, 70);
    expect(queue.end).toBe(70);
    await expectEntries(queue, 70);
    push(table, queue, 10);
    await expectEntries(queue, 80);
    table.writeSome(1);
    const raw = new Uint8Array(20);
    queue.files!.first!.readSync(raw, 80 * 20);
    expect([...raw]).toEqual(Array.from({ length: 20 }, () => 0));
  });

  it.each(['', '.', '..', '../..', '../other', 'T/../../other'])('deletes nothing for %j', (topic) => {
    const { table, device } = setUp(1 << 20);
    const disk = device.mount();
    disk.makeDirectorySync('/other');
    push(table, table.findOrCreate('T', 0), 10);
    table.writeSome(10);
    table.destroyTopic(topic);
    expect(disk.statSync('/other')).toBeDefined();
    expect(disk.statSync('/cq/T/0')).toBeDefined();
  });

  it('lets go of a deleted topic, whoever still holds a queue of it', () => {
    const { table, device } = setUp(1 << 20);
    const queue = table.findOrCreate('T', 0);
    push(table, queue, 10);
    table.destroyTopic('T');
    table.push(queue, 0, 100, 0);
    table.writeSome(10);
    expect(device.mount().statSync('/cq/T')).toBeUndefined();
    expect(table.tailBytes).toBe(0);
    expect(table.find('T', 0)).toBeUndefined();
  });
});
