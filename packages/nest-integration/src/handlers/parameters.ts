import type { PipeTransform, Type } from '@nestjs/common';
import { ROUTE_ARGS_METADATA } from '@nestjs/common/constants.js';
import { RocketMQError } from '@cometmq/sdk';
import { callOf, type HandlerCall } from './handler-call.js';
import { isStandardSchema, StandardSchemaPipe } from './standard-schema.js';

export type PipeLike = Type<PipeTransform> | PipeTransform;

/** How Nest knows a parameter: 3 is what its pipes call 'body', the others are ours and 'custom' to pipes. */
const PARAMETER = { PAYLOAD: 3, MESSAGE: 1001, PROPERTY: 1002, MANUAL_ACK: 1003 } as const;
type ParameterType = (typeof PARAMETER)[keyof typeof PARAMETER];

interface ParameterMetadata {
  readonly index: number;
  readonly data: string | undefined;
  readonly pipes: readonly PipeLike[];
  readonly schema?: unknown;
}

type ParametersMetadata = Readonly<Record<string, ParameterMetadata>>;

function parameter(
  decorator: string,
  type: ParameterType,
  { data, pipes = [], schema }: { data?: string | undefined; pipes?: readonly PipeLike[]; schema?: unknown } = {},
): ParameterDecorator {
  return (target, key, index) => {
    if (key === undefined)
      throw new RocketMQError('INVALID_ARGUMENT', `@${decorator}() stands in a constructor; it works on methods`);
    const known = (Reflect.getMetadata(ROUTE_ARGS_METADATA, target.constructor, key) ?? {}) as ParametersMetadata;
    const metadata: ParameterMetadata = { index, data, pipes, ...(schema !== undefined && { schema }) };
    Reflect.defineMetadata(ROUTE_ARGS_METADATA, { ...known, [`${type}:${index}`]: metadata }, target.constructor, key);
  };
}

export interface PayloadOptions {
  /** A Standard Schema. The handler gets what it makes of the payload; what it refuses goes to the dead letters. */
  schema?: unknown;
  /** After the schema. With Nest 12's StandardSchemaValidationPipe among them that one applies the schema. */
  pipes?: readonly PipeLike[];
}

const isPipe = (value: unknown): value is PipeLike =>
  typeof value === 'function' || typeof (value as Partial<PipeTransform> | undefined)?.transform === 'function';

/** Nest 12 has a pipe of its own for schemas; Nest 11 does not export it. */
const isNestSchemaPipe = (pipe: PipeLike): boolean =>
  (typeof pipe === 'function' ? pipe.name : pipe.constructor.name) === 'StandardSchemaValidationPipe';

function withSchema({ schema, pipes = [] }: PayloadOptions): { pipes: readonly PipeLike[]; schema?: unknown } {
  if (schema === undefined) return { pipes };
  if (!isStandardSchema(schema)) {
    throw new RocketMQError(
      'INVALID_ARGUMENT',
      "@Payload({ schema }) takes a Standard Schema (zod, valibot, arktype, …): this has no '~standard'",
    );
  }
  // Nest sees the schema only when its own pipe is asked for: with a global one every payload would be validated twice.
  return pipes.some(isNestSchemaPipe) ? { pipes, schema } : { pipes: [new StandardSchemaPipe(schema), ...pipes] };
}

/**
 * The decoded body, or one property of it; of a batch handler the array of them. Pipes (global ones, too) and Standard Schemas apply.
 * Without any parameter decorator a handler gets (body, message, context), and no pipe is called.
 */
export function Payload(...pipes: PipeLike[]): ParameterDecorator;
export function Payload(property: string, ...pipes: PipeLike[]): ParameterDecorator;
export function Payload(options: PayloadOptions): ParameterDecorator;
export function Payload(first?: string | PipeLike | PayloadOptions, ...others: PipeLike[]): ParameterDecorator {
  if (first === undefined) return parameter('Payload', PARAMETER.PAYLOAD);
  if (typeof first === 'string') return parameter('Payload', PARAMETER.PAYLOAD, { data: first, pipes: others });
  if (isPipe(first)) return parameter('Payload', PARAMETER.PAYLOAD, { pipes: [first, ...others] });
  return parameter('Payload', PARAMETER.PAYLOAD, withSchema(first));
}

/** The whole message; of a batch handler the array of them. */
export const Message = (): ParameterDecorator => parameter('Message', PARAMETER.MESSAGE);

/** One property of the message, or all of them; undefined when it has none of that name. */
export const MessageProperty = (name?: string, ...pipes: PipeLike[]): ParameterDecorator =>
  parameter('MessageProperty', PARAMETER.PROPERTY, { data: name, pipes });

/**
 * The delivery, to settle it yourself: the handler's return value is then ignored, and the message stays in flight until it is
 * settled or `consumeTimeoutMs` is over. What the handler throws before still counts.
 */
export const ManualAck = (): ParameterDecorator => parameter('ManualAck', PARAMETER.MANUAL_ACK);

/** Whether the handler settles its messages itself. */
export function isManuallyAcked(cls: object, method: string | symbol): boolean {
  const known = (Reflect.getMetadata(ROUTE_ARGS_METADATA, cls, method) ?? {}) as ParametersMetadata;
  return Object.keys(known).some((key) => key.startsWith(`${PARAMETER.MANUAL_ACK}:`));
}

const propertyOf = (value: unknown, name: string): unknown =>
  typeof value === 'object' && value !== null ? (value as Readonly<Record<string, unknown>>)[name] : undefined;

function payloadOf({ payload, single }: HandlerCall, name: string | undefined): unknown {
  if (name === undefined) return payload;
  return single ? propertyOf(payload, name) : (payload as readonly unknown[]).map((body) => propertyOf(body, name));
}

function messagePropertyOf({ messages, single }: HandlerCall, name: string | undefined): unknown {
  const values = messages.map(({ properties }) => (name === undefined ? properties : properties[name]));
  return single ? values[0] : values;
}

/** Nest asks here for the raw value of a parameter; parameters of other kinds (an HTTP one) are undefined. */
export function parameterValue(type: number, data: unknown, args: readonly unknown[]): unknown {
  const call = callOf(args);
  if (call === undefined) return undefined;
  const name = typeof data === 'string' ? data : undefined;
  if (type === PARAMETER.PAYLOAD) return payloadOf(call, name);
  if (type === PARAMETER.MESSAGE) return call.single ? call.messages[0] : call.messages;
  if (type === PARAMETER.PROPERTY) return messagePropertyOf(call, name);
  return type === PARAMETER.MANUAL_ACK ? call.delivery : undefined;
}
