import { FrameWriter } from '@cometmq/protocol';
import type { Clock } from '@cometmq/runtime';

/** Connections that write in one turn of the event loop rarely are more; what is beyond is left to the collector. */
const MAX_WRITERS = 64;

/** By clock: simulated hosts share nothing, or where a buffer ends in one run would depend on the runs before it. */
const idleWriters = new WeakMap<Clock, FrameWriter[]>();

/**
 * A writer owns a buffer of 64 KiB, so a connection has one only between its first frame in a turn and the end of that
 * turn: ten thousand idle connections hold none.
 */
export function borrowWriter(clock: Clock): FrameWriter {
  return idleWriters.get(clock)?.pop() ?? new FrameWriter();
}

/** Only after `take`: the next borrower must not find frames of another connection. */
export function returnWriter(clock: Clock, writer: FrameWriter): void {
  if (writer.pendingBytes > 0) return;
  const idle = idleWriters.get(clock);
  if (idle === undefined) idleWriters.set(clock, [writer]);
  else if (idle.length < MAX_WRITERS) idle.push(writer);
}
