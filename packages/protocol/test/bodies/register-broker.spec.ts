import { nodeCodecs } from '@cometmq/runtime/node';
import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { goldenRecords } from '../golden-records.js';
import {
  type RegisterBrokerBody,
  decodeRegisterBrokerBody,
  encodeCompressedRegisterBrokerBody,
  registerBrokerBody,
} from '../../src/bodies/register-broker.js';
import { topicConfigSerializeWrapper } from '../../src/bodies/topic-config.js';
import { bodyChecksum } from '../../src/message/record-codec.js';
import { protocolErrorOf } from '../protocol-error-of.js';
import { Version } from '../../src/versions.js';

interface Golden {
  readonly registerBroker: readonly {
    readonly compressed: boolean;
    readonly bodyHex: string;
    readonly crc32: number;
    readonly readBack: string;
  }[];
}

const codecs = nodeCodecs();
const version = Version.V5_3_3;
const golden = goldenRecords<Golden>('bodies.json').registerBroker.map((one) => ({
  ...one,
  bytes: new Uint8Array(Buffer.from(one.bodyHex, 'hex')),
}));
const compressedBytes = golden.find(({ compressed }) => compressed)!.bytes;

/** The compressed form has no version of the mappings: Java puts the time of reading there. */
function withoutMappingVersion(body: RegisterBrokerBody): RegisterBrokerBody {
  const mappingDataVersion = { counter: 0, stateVersion: 0, timestamp: 0 };
  return { ...body, topicConfigSerializeWrapper: { ...body.topicConfigSerializeWrapper, mappingDataVersion } };
}

describe('registration bodies', () => {
  it.each(golden)('compressed $compressed: is read as Apache reads it', ({ compressed, bytes, crc32, readBack }) => {
    const body = decodeRegisterBrokerBody(bytes, { compressed, version, codecs });
    expect(withoutMappingVersion(body)).toEqual(withoutMappingVersion(registerBrokerBody.parse(readBack)));
    expect(bodyChecksum((data) => codecs.crc32(data), bytes)).toBe(crc32);
  });

  it('compressed here are read again', () => {
    const body = decodeRegisterBrokerBody(compressedBytes, { compressed: true, version, codecs });
    const again = encodeCompressedRegisterBrokerBody(body, codecs);
    expect(decodeRegisterBrokerBody(again, { compressed: true, version, codecs })).toEqual(body);
    // Before 5.0 nobody looks for mappings behind the filter servers.
    const old = decodeRegisterBrokerBody(again, { compressed: true, version: Version.V4_9_7, codecs });
    expect(old.topicConfigSerializeWrapper.topicQueueMappingInfoMap.size).toBe(0);
  });

  it('of brokers before 3.0.11 are the topic table alone', () => {
    const table = topicConfigSerializeWrapper.parse('{"topicConfigTable":{"T":{"topicName":"T"}}}');
    const body = decodeRegisterBrokerBody(topicConfigSerializeWrapper.encode(table), {
      compressed: false,
      version: 36,
      codecs,
    });
    expect([...body.topicConfigSerializeWrapper.topicConfigTable.keys()]).toEqual(['T']);
  });

  it.each([
    ['no zlib stream', Uint8Array.of(1, 2, 3), 'damaged or too large'],
    ['cut off', codecs.compress('zlib', Uint8Array.of(0, 0), 1), 'cut off'],
    ['a piece beyond the end', codecs.compress('zlib', Uint8Array.of(0, 0, 0, 9, 1), 1), 'a piece of 9 bytes'],
    ['a negative length', codecs.compress('zlib', Uint8Array.of(255, 255, 255, 255), 1), 'a piece of -1 bytes'],
    [
      'more topics than there can be',
      codecs.compress('zlib', Uint8Array.of(0, 0, 0, 2, 0x7b, 0x7d, 0x7f, 0, 0, 0), 1),
      '2130706432 pieces',
    ],
  ])('%s is a clear error', (_, bytes, message) => {
    expect(() => decodeRegisterBrokerBody(bytes, { compressed: true, version, codecs })).toThrow(message);
  });

  it('with any damage inside are bodies or errors', () => {
    const plain = new Uint8Array(codecs.decompress('zlib', compressedBytes, 100_000));
    fc.assert(
      fc.property(fc.nat(), fc.nat(255), fc.nat(), (where, byte, cut) => {
        const damaged = plain.slice(0, cut % 3 === 0 ? cut % plain.length : plain.length);
        if (damaged.length > 0) damaged[where % damaged.length] = byte;
        const bytes = codecs.compress('zlib', damaged, 1);
        const error = protocolErrorOf(() => decodeRegisterBrokerBody(bytes, { compressed: true, version, codecs }));
        expect([undefined, 'body', 'malformed', 'limit']).toContain(error?.reason);
      }),
    );
  });
});
