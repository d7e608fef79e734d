import { goldenJson } from '../../../tools/golden-reader/golden-files.js';

/** A file of conformance/golden/records, parsed. */
export function goldenRecords<Content>(name: string): Content {
  return goldenJson<Content>(`records/${name}`);
}
