import type { RemotingCommand, RequestDefinition, RequestHeader } from '@cometmq/protocol';
import type { Connection } from '../connection/connection.js';
import type { Family } from './admission.js';
import type { IncomingRequest, Reply } from './processor.js';

type AnyReply = Reply<RequestDefinition> | undefined;

/**
 * `fresh`: its processor is being called; `working`: the processor answers later and the request is counted;
 * `parked`: it waits; `done`: counted nowhere.
 */
type Progress = 'fresh' | 'working' | 'parked' | 'done';

/** Who writes the answer of a request whose processor has answered LATER. */
export interface LateReplies {
  replied(request: AdmittedRequest, reply: AnyReply): void;
  failed(request: AdmittedRequest, error: unknown): void;
}

/** A request on its way through the dispatcher, with its place in the admission's books. */
export class AdmittedRequest implements IncomingRequest<RequestDefinition> {
  #progress: Progress = 'fresh';
  /** What interceptors do with a late reply. */
  after: ((reply: AnyReply) => AnyReply) | undefined = undefined;

  constructor(
    readonly definition: RequestDefinition,
    readonly header: RequestHeader<RequestDefinition>,
    readonly command: RemotingCommand,
    readonly connection: Connection,
    readonly receivedAt: number,
    private readonly family: Family,
    private readonly replies: LateReplies,
  ) {}

  get body(): Uint8Array {
    return this.command.body;
  }

  park(): void {
    if (this.#progress === 'working') this.#endWork();
    else if (this.#progress !== 'fresh') return;
    this.#progress = 'parked';
    this.family.parked++;
  }

  later<T>(make: (value: T) => AnyReply): (value: T) => void {
    return (value) => {
      // The second call would be the answer to another request, as far as the client can tell.
      if (this.#progress === 'done') return;
      let reply: AnyReply;
      try {
        reply = make(value);
      } catch (error) {
        return this.replies.failed(this, error);
      }
      this.replies.replied(this, reply);
    };
  }

  /** The processor answers later: from now on the request counts, unless it is parked already. */
  beginWork(): void {
    if (this.#progress !== 'fresh') return;
    this.#progress = 'working';
    this.family.requests++;
    this.family.bytes += this.command.body.length;
    this.connection.beginWork(this.family.weight);
  }

  finish(): void {
    if (this.#progress === 'working') this.#endWork();
    else if (this.#progress === 'parked') this.family.parked--;
    this.#progress = 'done';
  }

  #endWork(): void {
    this.family.requests--;
    this.family.bytes -= this.command.body.length;
    this.connection.endWork(this.family.weight);
  }
}
