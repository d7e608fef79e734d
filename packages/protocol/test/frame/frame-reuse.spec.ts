import { describe, expect, it } from 'vitest';
import { FrameWriter } from '../../src/frame/frame-encoder.js';
import { getMaxOffset } from '../../src/requests/offset.js';

const write = (writer: FrameWriter, opaque: number) =>
  writer.writeRequest(getMaxOffset, { opaque, header: { topic: 'T', queueId: 1, committed: true } });
const text = (chunks: Uint8Array[]) => Buffer.concat(chunks).toString('latin1');

describe('memory of a frame writer', () => {
  it('is written to again only after the lent chunks have gone out', () => {
    const writer = new FrameWriter();
    write(writer, 1);
    const lent = writer.take(true);
    const before = text(lent);
    write(writer, 2);
    writer.reuse();
    expect(text(lent)).toBe(before);
    const second = writer.take(true);
    writer.reuse();
    write(writer, 3);
    expect(text(writer.take())).toContain('"opaque":3');
    expect(second[0]!.buffer).toBe(lent[0]!.buffer);
    expect(text(lent)).not.toBe(before);
  });

  it('is never written to again where chunks were given away for good', () => {
    const writer = new FrameWriter();
    write(writer, 1);
    const given = writer.take();
    const before = text(given);
    writer.reuse();
    for (let opaque = 2; opaque < 50; opaque++) {
      write(writer, opaque);
      writer.take(true);
      writer.reuse();
    }
    expect(text(given)).toBe(before);
  });

  it('of many buffers is used again when all of them have gone out, whatever went before', () => {
    const fill = (writer: FrameWriter, from: number) => {
      for (let opaque = from; opaque < from + 2000; opaque++) write(writer, opaque);
    };
    const writer = new FrameWriter();
    fill(writer, 0);
    const lent = writer.take(true);
    expect(lent.length).toBeGreaterThan(3);
    const before = text(lent);
    const other = new FrameWriter();
    fill(other, 10_000);
    const given = other.take();
    const kept = text(given);
    expect(text(lent)).toBe(before);
    writer.reuse();
    const third = new FrameWriter();
    fill(third, 0);
    const again = third.take(true);
    expect(text(again)).toBe(before);
    const buffers = new Set(lent.map(({ buffer }) => buffer));
    expect(again.filter(({ buffer }) => buffers.has(buffer)).length).toBeGreaterThan(2);
    fill(other, 20_000);
    other.take(true);
    other.reuse();
    fill(other, 30_000);
    expect(text(given)).toBe(kept);
  });
});
