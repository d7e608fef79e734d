import { Injectable } from '@nestjs/common';
import { DiscoveryService } from '@nestjs/core';
import { type ClassDescription, describe, RocketMQError } from '@cometmq/sdk';

/** Nest's record of a provider or controller; its class is not exported by @nestjs/core 12. */
export type InstanceWrapper = ReturnType<DiscoveryService['getProviders']>[number];

/** A decorated class as Nest holds it. */
export interface Discovered {
  readonly wrapper: InstanceWrapper;
  readonly name: string;
  readonly description: ClassDescription;
  readonly controller: boolean;
  /** One instance for all messages; else one is made for each. */
  readonly isStatic: boolean;
  /** The instance; of a class that is not static an empty object of it, which stands for all of them. */
  readonly instance: object;
  /** The client it belongs to; undefined: the default one. */
  readonly client: string | undefined;
}

/** Classes of values and factories show only at their instance, others before there is one (Bull's rule). */
function classOf(wrapper: InstanceWrapper): unknown {
  const { metatype, inject } = wrapper;
  if (inject === undefined || inject === null) {
    if (metatype !== null && metatype !== undefined) return metatype;
  }
  const instance = wrapper.instance as { readonly constructor?: unknown } | null | undefined;
  return instance?.constructor;
}

const hasMembers = ({ sends, producers, sendTo }: ClassDescription): boolean =>
  sends.length + producers.size + sendTo.size > 0;

/** A listener's class is no member of a binding: its feature asks it. */
const isDecorated = (description: ClassDescription): boolean =>
  description.consumer !== undefined ||
  description.producer !== undefined ||
  description.handlers.length > 0 ||
  hasMembers(description);

/** Finds the decorated classes among the providers and controllers of an application. */
@Injectable()
export class Explorer {
  constructor(private readonly discovery: DiscoveryService) {}

  explore(): Discovered[] {
    const found = new Map<object, Discovered>();
    const add = (wrapper: InstanceWrapper, controller: boolean) => {
      const one = this.#discovered(wrapper, controller);
      // Factories and values may give the same instance under several tokens.
      if (one !== undefined && !found.has(one.instance)) found.set(one.instance, one);
    };
    for (const wrapper of this.discovery.getProviders()) add(wrapper, false);
    for (const wrapper of this.discovery.getControllers()) add(wrapper, true);
    const all = [...found.values()];
    refuseTwice(all);
    return all;
  }

  #discovered(wrapper: InstanceWrapper, controller: boolean): Discovered | undefined {
    if (wrapper.isAlias) return undefined;
    const cls = classOf(wrapper);
    if (typeof cls !== 'function' || cls === Object) return undefined;
    const description = describe(cls);
    if (!isDecorated(description)) return undefined;
    const instance: unknown = wrapper.instance;
    if (typeof instance !== 'object' || instance === null) return undefined;
    const name = cls.name || 'anonymous class';
    const isStatic = wrapper.isDependencyTreeStatic() && !wrapper.isTransient;
    if (!isStatic) refuseWithoutInstance(name, description);
    const client = description.consumer?.client ?? description.producer?.client;
    return { wrapper, name, description, controller, isStatic, instance, client };
  }
}

/** What is done once, at the start, needs an instance that is there then. */
function refuseWithoutInstance(name: string, description: ClassDescription): void {
  const refuse = (what: string) => {
    throw new RocketMQError(
      'INVALID_ARGUMENT',
      `${name} is request-scoped or transient (itself, or something it injects), so ${what}: move that to a class of the default scope`,
    );
  };
  for (const { kind, method } of description.handlers) {
    if (kind === 'stream') refuse(`its @OnStream ${String(method)}, which is called once, has no instance`);
    if (kind === 'event')
      refuse(`its @OnConsumerEvent ${String(method)}, which belongs to no message, has no instance`);
  }
  if (description.consumer === undefined && hasMembers(description))
    refuse('its @Send, @SendTo and @Producer members, which are assigned once at the start, have no instance');
}

/** Two instances of one consumer would want the same messages. */
function refuseTwice(all: readonly Discovered[]): void {
  const byClass = new Map<unknown, Discovered>();
  for (const one of all) {
    if (one.description.consumer === undefined) continue;
    const cls = one.instance.constructor;
    const other = byClass.get(cls);
    if (other !== undefined) {
      throw new RocketMQError(
        'INVALID_ARGUMENT',
        `consumer ${one.name} is provided twice, by ${moduleOf(other)} and by ${moduleOf(one)}: provide it in one module and export it from there`,
      );
    }
    byClass.set(cls, one);
  }
}

const moduleOf = ({ wrapper }: Discovered): string => wrapper.host?.name ?? 'an unknown module';
