import { readFileSync } from 'node:fs';

/** A file of conformance/golden/records, parsed. */
export function goldenRecords<Content>(name: string): Content {
  return JSON.parse(
    readFileSync(new URL(`../../../conformance/golden/records/${name}`, import.meta.url), 'utf8'),
  ) as Content;
}
