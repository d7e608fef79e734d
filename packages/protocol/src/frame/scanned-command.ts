import type { Shape } from '../schema/field.js';
import type { ExtFields, HeaderCodec } from '../schema/header-codec.js';
import { readJsonHeader } from '../serialization/json-header.js';
import { JsonScan } from '../serialization/json-scan.js';
import type { HeaderLimits } from '../serialization/command-header.js';
import { RESPONSE_FLAG, type RemotingCommand } from './remoting-command.js';

/** One for all: a header is read while its frame is handed out. */
const scan = new JsonScan();

/** A command whose header was scanned and not parsed: `fields` are made when somebody wants them. */
export class ScannedCommand implements RemotingCommand {
  readonly code: number;
  readonly language: string;
  readonly version: number;
  readonly opaque: number;
  readonly flag: number;
  readonly remark: string | undefined;
  readonly serialization = 'json';
  readonly #limits: HeaderLimits;
  readonly #round: number;
  /** Undefined when `#fields` stand. */
  #bytes: Uint8Array | undefined;
  readonly #from: number;
  readonly #to: number;
  #fields: ExtFields | undefined;

  private constructor(
    bytes: Uint8Array,
    from: number,
    to: number,
    readonly body: Uint8Array,
    limits: HeaderLimits,
  ) {
    this.code = scan.code;
    this.language = scan.language;
    this.version = scan.version;
    this.opaque = scan.opaque;
    this.flag = scan.flag;
    this.remark = scan.remark;
    this.#limits = limits;
    this.#round = scan.round;
    this.#fields = undefined;
    if (!scan.hasFields) {
      this.#bytes = undefined;
      this.#from = this.#to = 0;
    } else if (body.length === 0 && (scan.flag & RESPONSE_FLAG) === 0) {
      // A request without a body may be held for long (pull), and must not hold the network buffer.
      this.#bytes = bytes.slice(from, to);
      this.#from = 0;
      this.#to = to - from;
    } else {
      this.#bytes = bytes;
      this.#from = from;
      this.#to = to;
    }
  }

  /** Reads the header in bytes [from, to); undefined: it is not a usual one, or none at all. */
  static read(
    bytes: Uint8Array,
    from: number,
    to: number,
    body: Uint8Array,
    limits: HeaderLimits,
  ): ScannedCommand | undefined {
    if (!scan.scan(bytes, from, to) || scan.members.count > limits.maxFields) return undefined;
    return new ScannedCommand(bytes, from, to, body, limits);
  }

  get fields(): ExtFields | undefined {
    const bytes = this.#bytes;
    if (bytes !== undefined) {
      this.#fields = readJsonHeader(bytes, this.#from, this.#to, this.#limits).fields;
      this.#bytes = undefined;
    }
    return this.#fields;
  }

  /** The typed header. Throws as `HeaderCodec.decode`. */
  header<S extends Shape>(codec: HeaderCodec<S>): ReturnType<HeaderCodec<S>['decode']> {
    const members = this.#bytes !== undefined && this.#round === scan.round ? scan.members : undefined;
    return (members && codec.decodeMembers(members)) ?? codec.decode(this.fields);
  }
}

/** The typed header of a command: straight from its bytes where that can be. Throws as `HeaderCodec.decode`. */
export function decodeHeader<S extends Shape>(
  codec: HeaderCodec<S>,
  command: RemotingCommand,
): ReturnType<HeaderCodec<S>['decode']> {
  return command instanceof ScannedCommand ? command.header(codec) : codec.decode(command.fields);
}
