import { readFileSync } from 'node:fs';
import { FrameDecoder, type RemotingCommand } from '@cometmq/protocol';

const WIRE = new URL('../../../conformance/golden/wire/', import.meta.url);

interface Line {
  readonly file: string;
  readonly offset: number;
  readonly bytes: number;
  readonly kind: 'request' | 'response' | 'oneway';
  readonly code: number;
  readonly direction: string;
  readonly scenario: string;
  readonly stored?: boolean;
}

/** A request that Apache's name server was sent, and what it answered. */
export interface Exchange {
  readonly file: string;
  readonly scenario: string;
  readonly request: RemotingCommand;
  readonly bytes: Uint8Array;
  readonly answer: RemotingCommand | undefined;
}

function decode(bytes: Uint8Array): RemotingCommand {
  const commands: RemotingCommand[] = [];
  new FrameDecoder().push(bytes, (command) => commands.push(command));
  const [command] = commands;
  if (command === undefined || commands.length > 1) throw new Error('one frame expected');
  return command;
}

/** All captured exchanges with a name server, by request code. */
export function namesrvExchanges(code: number): Exchange[] {
  const lines = JSON.parse(readFileSync(new URL('index.json', WIRE), 'utf8')) as Line[];
  const exchanges: Exchange[] = [];
  for (const [index, line] of lines.entries()) {
    if (
      line.kind === 'response' ||
      line.stored === false ||
      line.code !== code ||
      !line.direction.endsWith('->namesrv')
    )
      continue;
    const file = readFileSync(new URL(line.file, WIRE));
    const frame = (of: Line) => Uint8Array.from(file.subarray(of.offset, of.offset + of.bytes));
    const next = lines[index + 1];
    const answered = next?.kind === 'response' && next.file === line.file && next.stored !== false;
    exchanges.push({
      file: line.file,
      scenario: line.scenario,
      request: decode(frame(line)),
      bytes: frame(line),
      answer: answered ? decode(frame(next)) : undefined,
    });
  }
  return exchanges;
}
