import {
  EXCEPTION_FILTERS_METADATA,
  GUARDS_METADATA,
  INTERCEPTORS_METADATA,
  PIPES_METADATA,
  ROUTE_ARGS_METADATA,
} from '@nestjs/common/constants.js';
import { RocketMQError } from '@cometmq/sdk';
import type { Discovered } from '../discovery/explorer.js';

const METADATA = [GUARDS_METADATA, INTERCEPTORS_METADATA, PIPES_METADATA, EXCEPTION_FILTERS_METADATA];

type Enhancer = { readonly name: string };

/** Of those that are named by their class, for Nest to make them. */
const classesAmong = (enhancers: readonly unknown[]): readonly Enhancer[] =>
  enhancers.filter((one): one is new () => unknown => typeof one === 'function');

const namedAt = (target: object): readonly Enhancer[] =>
  classesAmong(METADATA.flatMap((key) => (Reflect.getMetadata(key, target) ?? []) as readonly unknown[]));

/** Pipes of a handler's parameters. */
function namedAtParameters(cls: object, method: string | symbol): readonly Enhancer[] {
  const parameters = (Reflect.getMetadata(ROUTE_ARGS_METADATA, cls, method) ?? {}) as Readonly<Record<string, object>>;
  return classesAmong(Object.values(parameters).flatMap((one) => (one as { pipes?: readonly unknown[] }).pipes ?? []));
}

/**
 * Nest makes the enhancers of classes it makes itself; of others it would leave them out without a word, and a guard that is not
 * asked lets everybody in. Throws INVALID_ARGUMENT, naming the first.
 */
export function refuseUnmadeEnhancers({ wrapper, name, description, instance }: Discovered): void {
  if (!wrapper.isNotMetatype) return;
  const made: ReadonlyMap<unknown, unknown> = wrapper.host?.injectables ?? new Map();
  const cls = instance.constructor;
  const ofHandlers = description.handlers.flatMap(({ method }) => [
    ...namedAt(Reflect.get(instance, method) as object),
    ...namedAtParameters(cls, method),
  ]);
  const missing = [...namedAt(cls), ...ofHandlers].find((one) => !made.has(one));
  if (missing === undefined) return;
  throw new RocketMQError(
    'INVALID_ARGUMENT',
    `${name} is provided by a value or a factory, and Nest makes ${missing.name} only for classes it makes itself: provide it by useClass, or give its decorator an instance, new ${missing.name}(…)`,
  );
}
