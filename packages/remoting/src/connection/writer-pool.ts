import { FrameWriter } from '@cometmq/protocol';
import type { Channel, Clock } from '@cometmq/runtime';

/** Connections that write in one turn of the event loop rarely are more; what is beyond is left to the collector. */
const MAX_WRITERS = 64;

/** By clock: simulated hosts share nothing, or where a buffer ends in one run would depend on the runs before it. */
const idleWriters = new WeakMap<Clock, FrameWriter[]>();

/**
 * A writer owns a buffer of 64 KiB, so a connection has one only between its first frame and the flush that follows: ten
 * thousand idle connections hold none.
 */
export function borrowWriter(clock: Clock): FrameWriter {
  return idleWriters.get(clock)?.pop() ?? new FrameWriter();
}

/** Sends what a borrowed writer has collected, and gives the writer back when its memory is free. */
export function sendWritten(writer: FrameWriter, channel: Pick<Channel, 'send' | 'bufferedBytes'>, clock: Clock): void {
  if (channel.bufferedBytes > 0) {
    // A peer that is slow to take holds only what was written for it, not whole buffers.
    const chunks = writer.take();
    returnWriter(clock, writer);
    for (const chunk of chunks) channel.send(chunk);
    return;
  }
  const chunks = writer.take(true);
  let left = chunks.length;
  const sent = (error?: unknown) => {
    // A write that failed may be told more than once, and its memory may still be read: that writer is left to the collector.
    if (error !== undefined && error !== null) left = -1;
    if (left <= 0 || --left > 0) return;
    writer.reuse();
    returnWriter(clock, writer);
  };
  for (const chunk of chunks) channel.send(chunk, sent);
}

/** The next borrower must not find frames of another connection. */
function returnWriter(clock: Clock, writer: FrameWriter): void {
  if (writer.pendingBytes > 0) return;
  const idle = idleWriters.get(clock);
  if (idle === undefined) idleWriters.set(clock, [writer]);
  else if (idle.length < MAX_WRITERS) idle.push(writer);
}
