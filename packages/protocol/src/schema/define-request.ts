import type { Header, Shape } from './field.js';
import { type HeaderCodec, headerCodec } from './header-codec.js';

export type Resource = 'cluster' | 'topic' | 'group';
export type Action = 'pub' | 'sub' | 'create' | 'update' | 'delete' | 'get' | 'list';

/** One thing the caller must be allowed to do. */
export interface AccessRequirement {
  readonly resource: Resource;
  /** Any one of them is enough. */
  readonly actions: readonly Action[];
  /**
   * The header property that names the resource; where it is absent in a request nothing is required. A `%RETRY%` topic
   * stands for its group. Without `field` and `inBody` the resource is the server's own cluster, or any topic or group.
   */
  readonly field?: string;
  /** The field holds several names with this between them. */
  readonly separator?: string;
  /** The names stand in the body; its processor asks. */
  readonly inBody?: true;
}

/** What access control asks before a processor runs, all of it; `none` only needs a valid signature. */
export type AccessRule = 'none' | readonly AccessRequirement[];

/** Encodes and decodes a typed body; `bytes` are handed through. */
export interface BodyCodec<Value> {
  encode(value: Value): Uint8Array;
  /** Throws ProtocolError when the bytes are not of this shape. */
  decode(bytes: Uint8Array): Value;
}

/**
 * A request, described once: types, both header codecs, access rule, reference page and the proof that every request
 * has a processor come from it.
 */
export interface RequestDefinition<
  Req extends Shape = Shape,
  Res extends Shape = Shape,
  ReqBody = unknown,
  ResBody = unknown,
> {
  readonly code: number;
  /** RocketMQ's name: `SEND_MESSAGE_V2`. */
  readonly name: string;
  readonly access: AccessRule;
  readonly request: HeaderCodec<Req>;
  readonly response: HeaderCodec<Res>;
  /** Undefined: raw bytes or none. */
  readonly requestBody: BodyCodec<ReqBody> | undefined;
  readonly responseBody: BodyCodec<ResBody> | undefined;
}

/** The header that goes with a request. */
export type RequestHeader<D> = D extends { readonly request: HeaderCodec<infer Req> } ? Header<Req> : never;
/** The header of its answer. */
export type ResponseHeader<D> = D extends { readonly response: HeaderCodec<infer Res> } ? Header<Res> : never;
export type RequestBody<D> = D extends { readonly requestBody: BodyCodec<infer Body> | undefined } ? Body : never;
export type ResponseBody<D> = D extends { readonly responseBody: BodyCodec<infer Body> | undefined } ? Body : never;

const empty = {} as const;

interface Declaration<Req extends Shape, Res extends Shape, ReqBody, ResBody> {
  readonly code: number;
  readonly name: string;
  readonly access?: AccessRule;
  readonly request?: Req;
  readonly response?: Res;
  readonly requestBody?: BodyCodec<ReqBody>;
  readonly responseBody?: BodyCodec<ResBody>;
  /** `(header) => ({ ...header })`: for requests that come by the ten thousand (headerCodec). */
  readonly copyRequest?: (header: Header<Req>) => Header<Req>;
  readonly copyResponse?: (header: Header<Res>) => Header<Res>;
}

/** Declares a request; `request` and `response` are the fields of the two headers. */
export function defineRequest<
  const Req extends Shape = typeof empty,
  const Res extends Shape = typeof empty,
  ReqBody = never,
  ResBody = never,
>(of: Declaration<Req, Res, ReqBody, ResBody>): RequestDefinition<Req, Res, ReqBody, ResBody> {
  return new Definition(of);
}

/** Builds its codecs when they are asked for: a client uses a few of all the requests there are. */
class Definition<Req extends Shape, Res extends Shape, ReqBody, ResBody> implements RequestDefinition<
  Req,
  Res,
  ReqBody,
  ResBody
> {
  readonly code: number;
  readonly name: string;
  readonly access: AccessRule;
  readonly requestBody: BodyCodec<ReqBody> | undefined;
  readonly responseBody: BodyCodec<ResBody> | undefined;
  readonly #of: Declaration<Req, Res, ReqBody, ResBody>;
  #request: HeaderCodec<Req> | undefined;
  #response: HeaderCodec<Res> | undefined;

  constructor(of: Declaration<Req, Res, ReqBody, ResBody>) {
    this.code = of.code;
    this.name = of.name;
    this.access = of.access ?? 'none';
    this.requestBody = of.requestBody;
    this.responseBody = of.responseBody;
    this.#of = of;
  }

  get request(): HeaderCodec<Req> {
    return (this.#request ??= headerCodec(
      (this.#of.request ?? empty) as Req,
      `${this.name} request`,
      this.#of.copyRequest,
    ));
  }

  get response(): HeaderCodec<Res> {
    return (this.#response ??= headerCodec(
      (this.#of.response ?? empty) as Res,
      `${this.name} answer`,
      this.#of.copyResponse,
    ));
  }
}
