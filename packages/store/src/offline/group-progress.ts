import { consumerOffsetFile, ProtocolError } from '@cometmq/protocol';
import { StoreError } from '../store-error.js';
import type { StoreFiles } from './store-files.js';

/** How far a group has got with a queue: the offset of the next message it wants. */
export interface GroupProgress {
  readonly group: string;
  readonly topic: string;
  readonly queueId: number;
  readonly offset: number;
}

/** What config/consumerOffset.json has, or its `.bak` when that is the only one that can be read. */
export function readProgress(files: StoreFiles): GroupProgress[] {
  const found: GroupProgress[] = [];
  for (const [key, offsets] of offsetTable(files)) {
    const at = key.lastIndexOf('@');
    const topic = key.slice(0, at);
    const group = key.slice(at + 1);
    for (const [queueId, offset] of offsets) found.push({ group, topic, queueId, offset });
  }
  return found;
}

type OffsetTable = ReadonlyMap<string, ReadonlyMap<number, number>>;

function offsetTable(files: StoreFiles): OffsetTable {
  const name = 'config/consumerOffset.json';
  let problem: unknown;
  for (const path of [name, `${name}.bak`]) {
    const text = files.text(path);
    if (text === undefined || text.length === 0) continue;
    try {
      return consumerOffsetFile.parse(text).offsetTable;
    } catch (error) {
      if (!(error instanceof ProtocolError)) throw error;
      problem ??= error;
    }
  }
  if (problem === undefined) return new Map();
  throw new StoreError('DAMAGED', `${files.root}/${name} cannot be read`, { cause: problem });
}
