import type { CommitLog } from '../commit-log/commit-log.js';

const BLOCK_BYTES = 1 << 20;

/**
 * Writes a stretch of the log again, as it reads. When a sync fails the kernel may take what it could not write for
 * written: programs read it from memory, later syncs have nothing to do, and a loss of power leaves a hole in front of
 * what was acknowledged since. Written once more it counts as dirty, so that the next sync brings it to the disk.
 */
export async function rewriteLog(log: CommitLog, from: number, end: number): Promise<void> {
  const block = Buffer.allocUnsafe(Math.max(0, Math.min(BLOCK_BYTES, end - from)));
  for (let offset = from; offset < end;) {
    const segment = log.files.find(offset);
    if (segment === undefined) return;
    const count = await segment.read(block.subarray(0, Math.min(block.length, segment.end - offset)), offset);
    if (count === 0) return;
    const bytes = block.subarray(0, Math.min(count, end - offset));
    segment.writeSync(bytes, offset);
    offset += bytes.length;
  }
}
