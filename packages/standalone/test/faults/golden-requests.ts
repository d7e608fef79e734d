import { readFileSync } from 'node:fs';

interface GoldenFrame {
  readonly file: string;
  readonly offset: number;
  readonly bytes: number;
  readonly kind: 'request' | 'response' | 'oneway';
  readonly stored?: boolean;
}

const wire = new URL('../../../../conformance/golden/wire/', import.meta.url);

/** Requests that Apache's own programs have sent. */
export function goldenRequests(): Buffer[] {
  const frames = JSON.parse(readFileSync(new URL('index.json', wire), 'utf8')) as GoldenFrame[];
  const files = new Map<string, Buffer>();
  return frames
    .filter(({ kind, stored }) => kind !== 'response' && stored !== false)
    .map(({ file, offset, bytes }) => {
      let content = files.get(file);
      if (content === undefined) files.set(file, (content = readFileSync(new URL(file, wire))));
      return content.subarray(offset, offset + bytes);
    });
}
