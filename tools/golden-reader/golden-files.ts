import { readFileSync } from 'node:fs';

/** What Apache's own programs made; its README says how. */
export const GOLDEN = new URL('../../conformance/golden/', import.meta.url);

/** A file of conformance/golden. */
export function goldenBytes(path: string): Uint8Array {
  return new Uint8Array(readFileSync(new URL(path, GOLDEN)));
}

/** The same, parsed. */
export function goldenJson<Content>(path: string): Content {
  return JSON.parse(readFileSync(new URL(path, GOLDEN), 'utf8')) as Content;
}
