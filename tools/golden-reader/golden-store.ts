import { gunzipSync } from 'node:zlib';
import { goldenBytes, goldenJson } from './golden-files.js';

const BLOCK = 512;

/** What Apache's broker said of a message. */
export interface GoldenMessage {
  readonly queueOffset: number;
  readonly physicalOffset: number;
  readonly size: number;
  readonly msgId: string;
  readonly uniqueKey?: string;
  readonly tags?: string;
  readonly keys?: string;
  readonly tagsCode?: number;
  readonly flag: number;
  readonly sysFlag: number;
  readonly reconsumeTimes: number;
  readonly preparedTransactionOffset: number;
  readonly bodyCRC: number;
  readonly bodySha1: string;
  readonly bodyLength: number;
  readonly storeTimestamp: number;
  readonly bornTimestamp: number;
  readonly properties: Readonly<Record<string, string>>;
  readonly topicInRecord?: string;
  readonly recordQueueOffset?: number;
}

/** What Apache's broker said of a whole store. */
export interface GoldenManifest {
  readonly settings: Readonly<Record<string, string>>;
  readonly commitLogMinOffset: number;
  readonly commitLogMaxOffset: number;
  readonly queues: readonly {
    readonly topic: string;
    readonly queueId: number;
    readonly minOffset: number;
    readonly maxOffset: number;
    readonly messages: readonly GoldenMessage[];
  }[];
  /** What its index found. */
  readonly keyQueries: readonly {
    readonly topic: string;
    readonly key: string;
    readonly physicalOffsets: readonly number[];
  }[];
  readonly reopened: { readonly commitLogMaxOffsetReopened: number };
  readonly consumerOffsets: string;
  readonly delayOffsets: string;
  readonly topicConfig: string;
  readonly groups: string;
}

export function goldenManifest(name: string): GoldenManifest {
  return goldenJson<GoldenManifest>(`store/${name}.manifest.json`);
}

/** The files of a store of conformance/golden/store by their path inside it, unpacked into memory. */
export function goldenStore(name: string): Map<string, Uint8Array> {
  const tar = gunzipSync(goldenBytes(`store/${name}.tar.gz`));
  const files = new Map<string, Uint8Array>();
  let at = 0;
  let longName: string | undefined;
  while (at + BLOCK <= tar.length && tar[at] !== 0) {
    const text = (from: number, length: number) =>
      tar.toString('latin1', at + from, at + from + length).replace(/\0.*$/s, '');
    const size = Number.parseInt(text(124, 12), 8);
    const type = text(156, 1);
    if (!'05L'.includes(type)) throw new Error(`tar entry of type ${type} is not expected here`);
    const content = tar.subarray(at + BLOCK, at + BLOCK + size);
    const prefix = text(345, 155);
    const path: string = longName ?? (prefix === '' ? text(0, 100) : `${prefix}/${text(0, 100)}`);
    // GNU: the content of an entry of type L is the name of the next one.
    longName = type === 'L' ? content.toString('utf8').replace(/\0.*$/s, '') : undefined;
    if (type === '0') files.set(path.slice(name.length + 1), new Uint8Array(content));
    at += BLOCK + Math.ceil(size / BLOCK) * BLOCK;
  }
  return files;
}
