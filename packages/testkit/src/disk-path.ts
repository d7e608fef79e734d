import { DiskError } from '@cometmq/runtime';
import type { SimDirectory, SimNode } from './sim-directory.js';

/** Names on the way from the root; relative paths start there, too. */
export function pathNames(path: string): string[] {
  const names: string[] = [];
  for (const name of path.split('/')) {
    if (name === '' || name === '.') continue;
    if (name === '..') names.pop();
    else names.push(name);
  }
  return names;
}

export function findNode(root: SimDirectory, path: string): SimNode | undefined {
  let node: SimNode = root;
  for (const name of pathNames(path)) {
    const next: SimNode | undefined = node.kind === 'directory' ? node.entries.get(name) : undefined;
    if (!next) return undefined;
    node = next;
  }
  return node;
}

/** The directory that a path's last name stands in. NOT_FOUND when it is missing. */
export function findParent(root: SimDirectory, path: string): { directory: SimDirectory; name: string } {
  const names = pathNames(path);
  const name = names.pop();
  if (name === undefined) throw new DiskError('IO', path, 'the root has no name');
  const directory = findNode(root, names.join('/'));
  if (directory?.kind !== 'directory') throw new DiskError('NOT_FOUND', path, 'no such directory');
  return { directory, name };
}
