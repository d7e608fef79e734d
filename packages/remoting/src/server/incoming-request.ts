import type { RemotingCommand, RequestDefinition, RequestHeader } from '@cometmq/protocol';
import type { Connection } from '../connection/connection.js';
import type { Family } from './admission.js';
import type { IncomingRequest } from './processor.js';

/**
 * `fresh`: its processor is being called; `working`: the processor has returned a promise and the request is counted;
 * `parked`: it waits; `done`: counted nowhere.
 */
type Progress = 'fresh' | 'working' | 'parked' | 'done';

/** A request on its way through the dispatcher, with its place in the admission's books. */
export class AdmittedRequest implements IncomingRequest<RequestDefinition> {
  #progress: Progress = 'fresh';

  constructor(
    readonly header: RequestHeader<RequestDefinition>,
    readonly command: RemotingCommand,
    readonly connection: Connection,
    readonly receivedAt: number,
    private readonly family: Family,
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

  /** The processor has returned a promise: from now on the request counts, unless it is parked already. */
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
