import { type Codecs, decodeUtf8, encodeUtf8 } from '@cometmq/runtime';
import { readInt32, writeInt32 } from '../message/big-endian.js';
import { ProtocolError } from '../protocol-error.js';
import { Version } from '../versions.js';
import type { Infer } from './body-shape.js';
import { dataVersion } from './data-version.js';
import { object } from './object-shape.js';
import { list, text } from './shapes.js';
import {
  type TopicConfig,
  decodeTopicConfigLine,
  encodeTopicConfigLine,
  topicConfigAndMappingSerializeWrapper,
} from './topic-config.js';
import { type TopicQueueMappingInfo, topicQueueMappingInfo } from './topic-queue-mapping.js';

const filterServers = list(text());

export const registerBrokerBody = object('RegisterBrokerBody', {
  topicConfigSerializeWrapper: topicConfigAndMappingSerializeWrapper,
  filterServerList: filterServers,
});
export interface RegisterBrokerBody extends Infer<typeof registerBrokerBody> {}

/** Bound on what a compressed registration may grow to. */
export const MAX_REGISTRATION_BYTES = 64 * 1024 * 1024;
/** Deflater.BEST_COMPRESSION */
const LEVEL = 9;

/**
 * Reads REGISTER_BROKER's body (remoting-protocol, 11.7). `compressed` and `version` are those of header and frame: the
 * compressed form carries mappings from 5.0 on. Before 3.0.11 the body was the topic table alone.
 * Throws ProtocolError for damaged or too large bodies.
 */
export function decodeRegisterBrokerBody(
  bytes: Uint8Array,
  of: { readonly compressed: boolean; readonly version: number; readonly codecs: Pick<Codecs, 'decompress'> },
): RegisterBrokerBody {
  if (!of.compressed) {
    if (of.version >= Version.V3_0_11) return registerBrokerBody.decode(bytes);
    return { topicConfigSerializeWrapper: topicConfigAndMappingSerializeWrapper.decode(bytes), filterServerList: [] };
  }
  const input = new Pieces(inflate(bytes, of.codecs));
  const version = dataVersion.decode(input.piece());
  const topicConfigTable = new Map<string, TopicConfig>();
  for (let left = input.count(); left > 0; left--) {
    const config = decodeTopicConfigLine(input.text());
    if (config !== undefined) topicConfigTable.set(config.topicName, config);
  }
  const filterServerList = filterServers.decode(input.piece());
  const mappings = new Map<string, TopicQueueMappingInfo>();
  if (of.version >= Version.V5_0_0) {
    for (let left = input.count(); left > 0; left--) {
      const info = topicQueueMappingInfo.decode(input.piece());
      mappings.set(info.topic, info);
    }
  }
  return {
    topicConfigSerializeWrapper: {
      topicConfigTable,
      dataVersion: version,
      topicQueueMappingInfoMap: mappings,
      topicQueueMappingDetailMap: new Map(),
      mappingDataVersion: { counter: 0, stateVersion: 0, timestamp: 0 },
    },
    filterServerList,
  };
}

/** The compressed form; topicSysFlag and order are lost in it. */
export function encodeCompressedRegisterBrokerBody(
  body: RegisterBrokerBody,
  codecs: Pick<Codecs, 'compress'>,
): Uint8Array {
  const { topicConfigTable, dataVersion: version, topicQueueMappingInfoMap } = body.topicConfigSerializeWrapper;
  const pieces: (Uint8Array | number)[] = [dataVersion.encode(version), topicConfigTable.size];
  for (const config of topicConfigTable.values()) pieces.push(encodeUtf8(encodeTopicConfigLine(config)));
  pieces.push(filterServers.encode(body.filterServerList), topicQueueMappingInfoMap.size);
  for (const info of topicQueueMappingInfoMap.values()) pieces.push(topicQueueMappingInfo.encode(info, 'fastjson'));
  return codecs.compress('zlib', joined(pieces), LEVEL);
}

/** Numbers as they are, bytes behind their length. */
function joined(pieces: readonly (Uint8Array | number)[]): Uint8Array {
  const size = pieces.reduce<number>((sum, piece) => sum + 4 + (typeof piece === 'number' ? 0 : piece.length), 0);
  const bytes = new Uint8Array(size);
  let at = 0;
  for (const piece of pieces) {
    writeInt32(bytes, at, typeof piece === 'number' ? piece : piece.length);
    at += 4;
    if (typeof piece === 'number') continue;
    bytes.set(piece, at);
    at += piece.length;
  }
  return bytes;
}

function inflate(bytes: Uint8Array, codecs: Pick<Codecs, 'decompress'>): Uint8Array {
  try {
    return codecs.decompress('zlib', bytes, MAX_REGISTRATION_BYTES);
  } catch (cause) {
    throw new ProtocolError('RegisterBrokerBody: damaged or too large when decompressed', 'body', { cause });
  }
}

/** Reads length-prefixed pieces; never beyond the end. */
class Pieces {
  #at = 0;

  constructor(private readonly bytes: Uint8Array) {}

  /** A number of pieces: at most as many as the rest can hold. */
  count(): number {
    const count = this.#int();
    if (count < 0 || count > (this.bytes.length - this.#at) / 4)
      throw new ProtocolError(`RegisterBrokerBody: ${count} pieces`, 'body');
    return count;
  }

  piece(): Uint8Array {
    const length = this.#int();
    if (length < 0 || length > this.bytes.length - this.#at) {
      throw new ProtocolError(`RegisterBrokerBody: a piece of ${length} bytes at byte ${this.#at}`, 'body');
    }
    const piece = this.bytes.subarray(this.#at, this.#at + length);
    this.#at += length;
    return piece;
  }

  text(): string {
    return decodeUtf8(this.piece());
  }

  #int(): number {
    if (this.bytes.length - this.#at < 4) throw new ProtocolError('RegisterBrokerBody: cut off', 'body');
    this.#at += 4;
    return readInt32(this.bytes, this.#at - 4);
  }
}
