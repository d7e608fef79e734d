import type { RemotingCommand } from '@cometmq/protocol';
import { decodeFrame, frameBytes, goldenFrames } from '../../../tools/golden-reader/golden-wire.js';

/** A request that Apache's name server was sent, and what it answered. */
export interface Exchange {
  readonly file: string;
  readonly scenario: string;
  readonly request: RemotingCommand;
  readonly bytes: Uint8Array;
  readonly answer: RemotingCommand | undefined;
}

/** All captured exchanges with a name server, by request code. */
export function namesrvExchanges(code: number): Exchange[] {
  const answers = new Map(goldenFrames.map((frame) => [frame.responseTo, frame]));
  return goldenFrames
    .filter((frame) => frame.kind !== 'response' && frame.code === code && frame.direction.endsWith('->namesrv'))
    .map((frame) => {
      const bytes = frameBytes(frame);
      const answer = answers.get(`${frame.file}:${frame.offset}`);
      return {
        file: frame.file,
        scenario: frame.scenario,
        request: decodeFrame(bytes),
        bytes,
        answer: answer && decodeFrame(frameBytes(answer)),
      };
    });
}
