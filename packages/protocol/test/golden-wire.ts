import { readFileSync } from 'node:fs';

/** One line of conformance/golden/wire/index.json. */
export interface GoldenFrame {
  readonly file: string;
  readonly offset: number;
  readonly bytes: number;
  readonly kind: 'request' | 'response' | 'oneway';
  readonly code: number;
  readonly requestCode?: number;
  readonly responseCode?: number;
  readonly direction: string;
  readonly scenario: string;
  readonly serialize: 'json' | 'rocketmq';
  readonly language: string;
  readonly version: number;
  readonly opaque: number;
  readonly bodyBytes: number;
  readonly stored?: boolean;
}

const golden = new URL('../../../conformance/golden/', import.meta.url);

export function readGolden(path: string): Uint8Array {
  return new Uint8Array(readFileSync(new URL(path, golden)));
}

export function readGoldenJson<T>(path: string): T {
  return JSON.parse(readFileSync(new URL(path, golden), 'utf8')) as T;
}

export const goldenFrames: readonly GoldenFrame[] = readGoldenJson<GoldenFrame[]>('wire/index.json').filter(
  (frame) => frame.stored !== false,
);

const files = new Map<string, Uint8Array>();

export function goldenBytes(frame: GoldenFrame): Uint8Array {
  let file = files.get(frame.file);
  if (file === undefined) files.set(frame.file, (file = readGolden(`wire/${frame.file}`)));
  return file.subarray(frame.offset, frame.offset + frame.bytes);
}

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
