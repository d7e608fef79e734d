import { readFileSync } from 'node:fs';

const root = new URL('../../../conformance/golden/', import.meta.url);

/** A file of conformance/golden, parsed. */
export function goldenJson<T>(path: string): T {
  return JSON.parse(readFileSync(new URL(path, root), 'utf8')) as T;
}

export function goldenBytes(path: string): Uint8Array {
  return readFileSync(new URL(path, root));
}
