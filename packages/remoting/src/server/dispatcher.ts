import {
  decodeHeader,
  ONEWAY_FLAG,
  ProtocolError,
  type RemotingCommand,
  type RequestDefinition,
  type RequestHeader,
  ResponseCode,
} from '@cometmq/protocol';
import type { Clock, Logger } from '@cometmq/runtime';
import type { Connection, ConnectionEvents } from '../connection/connection.js';
import { Admission, type AdmissionOptions, type Family } from './admission.js';
import { AdmittedRequest, type LateReplies } from './incoming-request.js';
import type { Interceptor } from './interceptor.js';
import { type Handled, LATER, type Processor, type Reply } from './processor.js';

export interface DispatcherOptions {
  /** One per request code. */
  readonly processors: readonly Processor[];
  readonly interceptors?: readonly Interceptor[] | undefined;
  readonly admission?: AdmissionOptions | undefined;
}

type AnyReply = Reply<RequestDefinition> | undefined;
type AnyHandled = Handled<RequestDefinition>;

interface Entry {
  readonly definition: RequestDefinition;
  readonly processor: Processor;
  readonly family: Family;
}

/** Clients above V5_1_4 and up to V5_3_1 know GO_AWAY as well, but Apache's newest servers spare them (6.6). */
const LAST_VERSION_WITHOUT_GO_AWAY = 475;

/** Some errors quote what they are about. */
const MAX_REMARK_CHARACTERS = 1000;

const OVERLOAD = '[OVERLOAD]system busy, start flow control for a while';

/**
 * Takes requests from connections to their processors and answers back. Whatever happens in a processor, the request is
 * answered or deliberately not; nothing is thrown to the connection.
 */
export class Dispatcher implements ConnectionEvents, LateReplies {
  readonly #table = new Map<number, Entry>();
  readonly #interceptors: readonly Interceptor[];
  readonly #admission: Admission;
  #draining = false;

  constructor(
    options: DispatcherOptions,
    private readonly ports: { readonly clock: Clock; readonly logger: Logger },
  ) {
    this.#interceptors = options.interceptors ?? [];
    this.#admission = new Admission(options.admission);
    for (const processor of options.processors) {
      const { definition } = processor;
      const other = this.#table.get(definition.code);
      if (other)
        throw new Error(
          `two processors for request ${definition.code}: ${other.definition.name} and ${definition.name}`,
        );
      this.#table.set(definition.code, { definition, processor, family: this.#admission.familyOf(definition.code) });
    }
  }

  get families(): readonly Family[] {
    return this.#admission.families;
  }

  /** From now on clients that understand it are told to go away; the others are served as before. */
  drain(): void {
    this.#draining = true;
  }

  /** Requests being worked on; parked ones do not count. */
  get working(): number {
    let sum = 0;
    for (const family of this.families) sum += family.requests;
    return sum;
  }

  request(command: RemotingCommand, connection: Connection, receivedAt: number): void {
    const entry = this.#table.get(command.code);
    if (entry === undefined) {
      const remark = ` request type ${command.code} not supported`;
      return connection.answer(command, undefined, { code: ResponseCode.REQUEST_CODE_NOT_SUPPORTED, remark });
    }
    if (this.#draining && command.version > LAST_VERSION_WITHOUT_GO_AWAY) {
      return connection.answer(command, undefined, { code: ResponseCode.GO_AWAY, remark: 'please go away' });
    }
    if (entry.family.full) {
      entry.family.rejected++;
      return connection.answer(command, undefined, { code: ResponseCode.SYSTEM_BUSY, remark: OVERLOAD });
    }
    let header: RequestHeader<RequestDefinition>;
    try {
      header = decodeHeader(entry.definition.request, command);
    } catch (error) {
      return connection.answer(command, undefined, {
        code: ResponseCode.SYSTEM_ERROR,
        remark: `the header of ${entry.definition.name} cannot be read: ${firstLine(error)}`,
      });
    }
    const { definition, family } = entry;
    this.#handle(entry, new AdmittedRequest(definition, header, command, connection, receivedAt, family, this));
  }

  /** A processor that has answered LATER has its reply. */
  replied(request: AdmittedRequest, reply: AnyReply): void {
    request.finish();
    const told = request.after === undefined ? reply : request.after(reply);
    if (told !== undefined) this.#reply(request, told);
  }

  /** A processor that has answered LATER has failed. */
  failed(request: AdmittedRequest, error: unknown): void {
    request.finish();
    if (request.after === undefined) return this.#failed(request, error);
    this.#log(request, error);
    this.#reply(request, request.after({ code: ResponseCode.SYSTEM_ERROR, remark: firstLine(error) })!);
  }

  #handle(entry: Entry, request: AdmittedRequest): void {
    let result: AnyHandled | Promise<AnyHandled>;
    try {
      result = this.#interceptors.length === 0 ? entry.processor.handle(request) : this.#intercepted(entry, request);
    } catch (error) {
      return this.#failed(request, error);
    }
    if (result === LATER) return request.beginWork();
    if (isPromise(result)) return this.#await(request, result);
    request.finish();
    if (result !== undefined) this.#reply(request, result);
  }

  #await(request: AdmittedRequest, result: Promise<AnyHandled>): void {
    request.beginWork();
    result.then(
      (reply) => {
        if (reply === LATER) return;
        request.finish();
        if (reply !== undefined) this.#reply(request, reply);
      },
      (error: unknown) => {
        request.finish();
        this.#failed(request, error);
      },
    );
  }

  #reply(request: AdmittedRequest, reply: Reply<RequestDefinition>): void {
    const { command, connection } = request;
    if ((command.flag & ONEWAY_FLAG) !== 0) return;
    try {
      connection.answer(command, request.definition, reply);
    } catch (error) {
      this.#failed(request, error);
    }
  }

  #failed(request: AdmittedRequest, error: unknown): void {
    const { command, connection } = request;
    this.#log(request, error);
    connection.answer(command, undefined, { code: ResponseCode.SYSTEM_ERROR, remark: firstLine(error) });
  }

  /** What a client sent wrong is no fault of this server. */
  #log({ definition, command, connection }: AdmittedRequest, error: unknown): void {
    const level = error instanceof ProtocolError ? 'warn' : 'error';
    const fields = { peer: connection.address, opaque: command.opaque, error };
    this.ports.logger[level](`${definition.name} failed`, fields);
  }

  /** Stays synchronous as long as the interceptors and the processor are. */
  #intercepted(entry: Entry, request: AdmittedRequest): AnyHandled | Promise<AnyHandled> {
    const startedAt = this.ports.clock.monotonic();
    const after = (reply: AnyReply) => {
      const durationMs = this.ports.clock.monotonic() - startedAt;
      for (const interceptor of this.#interceptors) interceptor.after?.(entry.definition, request, reply, durationMs);
      return reply;
    };
    const handled = (result: AnyHandled) => (result === LATER ? LATER : after(result));
    request.after = after;
    const failed = (error: unknown) => {
      this.#log(request, error);
      return after({ code: ResponseCode.SYSTEM_ERROR, remark: firstLine(error) });
    };
    try {
      const result = this.#guarded(entry, request, 0);
      return isPromise(result) ? result.then(handled, failed) : handled(result);
    } catch (error) {
      return failed(error);
    }
  }

  /** The first refusal of an interceptor from `index` on, or what the processor says. */
  #guarded(entry: Entry, request: AdmittedRequest, index: number): AnyHandled | Promise<AnyHandled> {
    for (let next = index; next < this.#interceptors.length; next++) {
      const refusal = this.#interceptors[next]?.before?.(entry.definition, request);
      if (refusal === undefined) continue;
      if (!isPromise(refusal)) return refusal;
      return refusal.then((reply) => reply ?? this.#guarded(entry, request, next + 1));
    }
    return entry.processor.handle(request);
  }
}

function isPromise<T>(value: T | Promise<T>): value is Promise<T> {
  return value !== undefined && typeof (value as { then?: unknown }).then === 'function';
}

/** `Error: what happened`, without the lines of a stack or of a long message. */
function firstLine(error: unknown): string {
  const text = error instanceof Error ? `${error.name}: ${error.message}` : String(error);
  return (text.split('\n', 1)[0] ?? text).slice(0, MAX_REMARK_CHARACTERS);
}
