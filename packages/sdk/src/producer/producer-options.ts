import { validateGroup } from '@cometmq/protocol';
import { RocketMQError } from '../client/errors.js';
import type { Codec } from '../message/codec.js';

export interface ProducerOptions {
  /** Producers of one group stand for each other in transaction checks; default `sdk-producer`. */
  group?: string;
  /** Over all tries of a send; default 3000. */
  sendTimeoutMs?: number;
  /** Further tries after a failed one, at other brokers where there are some; default 2. Sends with a fixed queue or a sharding key are tried once. */
  retries?: number;
  /** Try another broker also when the message was stored but not yet flushed or replicated; it may then be there twice. Default false. */
  retryOtherBroker?: boolean;
  /** Largest body in bytes before compression; default 4 MiB. The broker has its own limit of the same name. */
  maxMessageSize?: number;
  /** Avoid brokers that were slow or failing. Default false. */
  latencyFault?: boolean;
  /** Default: the client's. */
  codec?: Codec;
}

export const DEFAULT_PRODUCER_GROUP = 'sdk-producer';

/** The options with their defaults. */
export interface ProducerSettings {
  readonly group: string;
  readonly sendTimeoutMs: number;
  readonly retries: number;
  readonly retryOtherBroker: boolean;
  readonly maxMessageSize: number;
  readonly latencyFault: boolean;
}

/** Throws INVALID_ARGUMENT naming the option that cannot be. */
export function producerSettings(options: ProducerOptions): ProducerSettings {
  const settings: ProducerSettings = {
    group: options.group ?? DEFAULT_PRODUCER_GROUP,
    sendTimeoutMs: options.sendTimeoutMs ?? 3000,
    retries: options.retries ?? 2,
    retryOtherBroker: options.retryOtherBroker ?? false,
    maxMessageSize: options.maxMessageSize ?? 4 * 1024 * 1024,
    latencyFault: options.latencyFault ?? false,
  };
  const problem = validateGroup(settings.group) ?? numbersProblem(settings);
  if (problem !== undefined) throw new RocketMQError('INVALID_ARGUMENT', `producer ${settings.group}: ${problem}`);
  return settings;
}

function numbersProblem({ sendTimeoutMs, retries, maxMessageSize }: ProducerSettings): string | undefined {
  if (!(sendTimeoutMs > 0)) return `sendTimeoutMs must be above 0, not ${sendTimeoutMs}`;
  if (!Number.isInteger(retries) || retries < 0) return `retries must be a whole number of at least 0, not ${retries}`;
  if (!(maxMessageSize > 0)) return `maxMessageSize must be above 0, not ${maxMessageSize}`;
  return undefined;
}
