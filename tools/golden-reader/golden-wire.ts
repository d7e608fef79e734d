import { FrameDecoder, type RemotingCommand } from '@cometmq/protocol';
import { goldenBytes, goldenJson } from './golden-files.js';

/** One line of conformance/golden/wire/index.json. */
export interface GoldenFrame {
  readonly file: string;
  readonly offset: number;
  readonly bytes: number;
  readonly kind: 'request' | 'response' | 'oneway';
  readonly code: number;
  readonly requestCode?: number;
  readonly responseCode?: number;
  /** Of a response: `<file>:<offset>` of its request. */
  readonly responseTo?: string;
  readonly direction: string;
  readonly scenario: string;
  readonly serialize: 'json' | 'rocketmq';
  readonly language: string;
  readonly version: number;
  readonly opaque: number;
  readonly bodyBytes: number;
  readonly stored?: boolean;
}

/** All frames whose bytes were kept. */
export const goldenFrames: readonly GoldenFrame[] = goldenJson<GoldenFrame[]>('wire/index.json').filter(
  ({ stored }) => stored !== false,
);

const files = new Map<string, Uint8Array>();

/** The bytes of a frame, as they went over the wire. */
export function frameBytes({ bytes, file, offset }: GoldenFrame): Uint8Array {
  let whole = files.get(file);
  if (whole === undefined) files.set(file, (whole = goldenBytes(`wire/${file}`)));
  return whole.slice(offset, offset + bytes);
}

/** The one command in `bytes`. */
export function decodeFrame(bytes: Uint8Array): RemotingCommand {
  const commands: RemotingCommand[] = [];
  new FrameDecoder().push(bytes, (command) => void commands.push(command));
  const [command] = commands;
  if (command === undefined || commands.length > 1) throw new Error('one frame expected');
  return command;
}
