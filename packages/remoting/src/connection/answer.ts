import {
  decodeHeader,
  ProtocolError,
  type RemotingCommand,
  type RequestDefinition,
  type ResponseHeader,
} from '@cometmq/protocol';
import { RemotingError } from '../remoting-error.js';

/** What the peer answered; `code` other than 0 is its refusal or a special outcome of the request. */
export interface Answer<D> {
  /** A response code; 0 is SUCCESS. */
  readonly code: number;
  readonly remark: string | undefined;
  /** Always there when `code` is 0; with other codes when the peer sent one that is complete. */
  readonly header: ResponseHeader<D> | undefined;
  /** All extFields as they came. */
  readonly fields: Readonly<Record<string, string>>;
  /**
   * A view into the network buffer it came in: reading it at once is free, keeping it keeps the whole buffer (64 KiB and
   * more) alive. Copy what stays.
   */
  readonly body: Uint8Array;
  /** Version of the program that answered (remoting-protocol, 4.1). */
  readonly version: number;
}

const NO_FIELDS: Readonly<Record<string, string>> = Object.freeze({});

/** Throws RemotingError PROTOCOL when a successful answer lacks what its definition promises. */
export function toAnswer<D extends RequestDefinition>(
  definition: D,
  command: RemotingCommand,
  address: string,
): Answer<D> {
  return new CommandAnswer(command, readHeader(definition, command, address) as ResponseHeader<D> | undefined);
}

class CommandAnswer<D extends RequestDefinition> implements Answer<D> {
  readonly #command: RemotingCommand;

  constructor(
    command: RemotingCommand,
    readonly header: ResponseHeader<D> | undefined,
  ) {
    this.#command = command;
  }

  get code(): number {
    return this.#command.code;
  }

  get remark(): string | undefined {
    return this.#command.remark;
  }

  /** Made when somebody asks: few do. */
  get fields(): Readonly<Record<string, string>> {
    return this.#command.fields ?? NO_FIELDS;
  }

  get body(): Uint8Array {
    return this.#command.body;
  }

  get version(): number {
    return this.#command.version;
  }
}

function readHeader(definition: RequestDefinition, command: RemotingCommand, address: string) {
  if (command.code !== 0 && command.fields === undefined) return undefined;
  try {
    return decodeHeader(definition.response, command);
  } catch (error) {
    // Refusals often come without the header, or with a part of it.
    if (command.code !== 0) return undefined;
    if (!(error instanceof ProtocolError)) throw error;
    throw new RemotingError('PROTOCOL', address, `${address} answered ${definition.name} badly: ${error.message}`, {
      cause: error,
    });
  }
}
