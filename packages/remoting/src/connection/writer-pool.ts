import { FrameWriter } from '@cometmq/protocol';

/** Connections that write in one turn of the event loop rarely are more; what is beyond is left to the collector. */
const MAX_WRITERS = 64;

const idle: FrameWriter[] = [];

/**
 * A writer owns a buffer of 64 KiB, so a connection has one only between its first frame in a turn and the end of that
 * turn: ten thousand idle connections hold none.
 */
export function borrowWriter(): FrameWriter {
  return idle.pop() ?? new FrameWriter();
}

/** Only after `take`: the next borrower must not find frames of another connection. */
export function returnWriter(writer: FrameWriter): void {
  if (writer.pendingBytes === 0 && idle.length < MAX_WRITERS) idle.push(writer);
}
