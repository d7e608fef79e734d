import {
  bodyLength,
  type FrameWriter,
  type RemotingCommand,
  type RequestDefinition,
  type RequestHeader,
} from '@cometmq/protocol';
import { type Answer, toAnswer } from './answer.js';
import { Call, type CallRequest } from './call.js';
import type { RequestOptions } from './connection-options.js';

type AnyAnswer = Answer<RequestDefinition>;

/** Filled by `take` when a promise is made: its two ends are kept without a closure per request. */
let settlers: { resolve: (answer: AnyAnswer | Promise<AnyAnswer>) => void; reject: (error: Error) => void };
const take = (resolve: (typeof settlers)['resolve'], reject: (typeof settlers)['reject']) => {
  settlers = { resolve, reject };
};

/** A call whose caller awaits a promise. */
export class AskedCall extends Call {
  readonly promise: Promise<AnyAnswer>;
  readonly #resolve: (answer: AnyAnswer | Promise<AnyAnswer>) => void;
  readonly #reject: (error: Error) => void;

  constructor(
    definition: RequestDefinition,
    readonly header: RequestHeader<RequestDefinition>,
    readonly options: RequestOptions,
    startedAt: number,
    deadlineAt: number,
  ) {
    super(definition, bodyLength(options.body), startedAt, deadlineAt);
    this.promise = new Promise(take);
    this.#resolve = settlers.resolve;
    this.#reject = settlers.reject;
  }

  get request(): CallRequest {
    const { body, extFields, signal, afterGoAway = false } = this.options;
    return { header: this.header, body, extFields, signal, afterGoAway };
  }

  write(writer: FrameWriter): void {
    const { extFields, body } = this.options;
    writer.writeRequest(this.definition, { opaque: this.opaque, header: this.header, extFields, body });
  }

  answered(command: RemotingCommand, address: string): void {
    try {
      this.#resolve(toAnswer(this.definition, command, address));
    } catch (error) {
      this.#reject(error as Error);
    }
  }

  failed(error: Error): void {
    this.#reject(error);
  }

  handedOver(answer: Promise<AnyAnswer>): void {
    this.#resolve(answer);
  }
}
