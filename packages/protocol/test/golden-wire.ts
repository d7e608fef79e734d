import type { GoldenFrame } from '../../../tools/golden-reader/golden-wire.js';

export { goldenJson as readGoldenJson } from '../../../tools/golden-reader/golden-files.js';
export { frameBytes as goldenBytes, type GoldenFrame, goldenFrames } from '../../../tools/golden-reader/golden-wire.js';

/** The header's bytes of a whole frame. */
export function headerBytes(frame: Uint8Array): Uint8Array {
  const view = new DataView(frame.buffer, frame.byteOffset);
  return frame.subarray(8, 8 + (view.getInt32(4) & 0xff_ffff));
}

export function describeFrame(frame: GoldenFrame): string {
  return `${frame.kind} ${frame.requestCode ?? frame.code} ${frame.serialize} ${frame.language} ${frame.version} "${frame.scenario}" (${frame.file}:${frame.offset})`;
}

export function concatenate(parts: readonly Uint8Array[]): Uint8Array {
  const whole = new Uint8Array(parts.reduce((length, part) => length + part.length, 0));
  let at = 0;
  for (const part of parts) {
    whole.set(part, at);
    at += part.length;
  }
  return whole;
}
