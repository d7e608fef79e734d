import { encodeOffsetMessageId, type HostBytes } from '@cometmq/protocol';

const OFFSET_DIGITS = 16;

/** Makes the ids of one store host: as `encodeOffsetMessageId`, with the host's digits made once. */
export function offsetMessageIds(storeHost: HostBytes): (physicalOffset: number) => string {
  const host = encodeOffsetMessageId(storeHost, 0).slice(0, -OFFSET_DIGITS);
  return (physicalOffset) => host + physicalOffset.toString(16).toUpperCase().padStart(OFFSET_DIGITS, '0');
}
