import type { Disk } from '@cometmq/runtime';

/** Makes a directory with its parents; all that is new is on stable storage when it resolves. */
export async function makeDurableDirectory(disk: Disk, path: string): Promise<void> {
  const missing: string[] = [];
  for (let at = path; disk.statSync(at) === undefined && parentOf(at) !== at; at = parentOf(at)) missing.push(at);
  disk.makeDirectorySync(path);
  for (const directory of missing.reverse()) await disk.syncDirectory(parentOf(directory));
}

function parentOf(path: string): string {
  const trimmed = path.replace(/\/+$/, '');
  const at = trimmed.lastIndexOf('/');
  if (at < 0) return '.';
  return at === 0 ? '/' : trimmed.slice(0, at);
}
