import type { Disk } from '@cometmq/runtime';

/** The directory a path lies in. */
function parentOf(path: string): string {
  const slash = path.lastIndexOf('/');
  return slash < 0 ? '.' : path.slice(0, slash) || '/';
}

/**
 * Writes a small text so that after a crash either the old or the new one is there; directories that are missing on the
 * way are made, and survive as well.
 */
export async function writeDurably(disk: Disk, path: string, text: string): Promise<void> {
  const missing: string[] = [];
  for (let directory = parentOf(path); disk.statSync(directory) === undefined; directory = parentOf(directory)) {
    missing.push(directory);
    if (parentOf(directory) === directory) break;
  }
  if (missing.length > 0) disk.makeDirectorySync(parentOf(path));
  await disk.replaceFile(path, new TextEncoder().encode(text));
  for (const directory of missing) await disk.syncDirectory(parentOf(directory));
}
