import { RocketMQError } from '../client/errors.js';
import type { PushConsumerOptions } from '../consumer/consumer-options.js';
import type { ConsumerMetadata } from './metadata.js';

/** A class with @Consumer. */
export interface ConsumerClass {
  readonly name: string;
  readonly consumer: ConsumerMetadata;
}

/** Classes that share one PushConsumer. */
export interface MergedConsumer<C extends ConsumerClass> {
  readonly options: PushConsumerOptions;
  readonly autoStart: boolean;
  readonly classes: readonly C[];
}

/** Options that belong to a class, not to its consumer. */
const OF_THE_CLASS: ReadonlySet<string> = new Set(['topic', 'client', 'autoStart', 'group']);

function same(a: unknown, b: unknown): boolean {
  if (Object.is(a, b)) return true;
  if (a instanceof Date && b instanceof Date) return a.getTime() === b.getTime();
  if (typeof a !== 'object' || typeof b !== 'object' || a === null || b === null) return false;
  const keys = new Set([...Object.keys(a), ...Object.keys(b)]);
  return [...keys].every((key) => same((a as Record<string, unknown>)[key], (b as Record<string, unknown>)[key]));
}

const show = (value: unknown): string =>
  typeof value === 'function' ? `function ${value.name || '(anonymous)'}` : (JSON.stringify(value) ?? String(value));

/**
 * One consumer per group (RocketMQ keeps one subscription per group, and a group is either orderly or concurrent): what one class
 * says and the other leaves out holds for both. Throws INVALID_ARGUMENT naming both classes and both values where they differ.
 */
export function mergeConsumers<C extends ConsumerClass>(classes: readonly C[]): MergedConsumer<C>[] {
  const groups = new Map<string, C[]>();
  for (const one of classes) {
    const members = groups.get(one.consumer.group);
    if (members === undefined) groups.set(one.consumer.group, [one]);
    else members.push(one);
  }
  return [...groups].map(([group, members]) => mergeGroup(group, members));
}

function mergeGroup<C extends ConsumerClass>(group: string, classes: readonly C[]): MergedConsumer<C> {
  const options: Record<string, unknown> = { group };
  const saidBy = new Map<string, string>();
  let autoStart: boolean | undefined;
  let autoStartBy = '';
  for (const { name, consumer } of classes) {
    for (const [option, value] of Object.entries(consumer)) {
      if (OF_THE_CLASS.has(option) || value === undefined) continue;
      const by = saidBy.get(option);
      if (by !== undefined && !same(options[option], value))
        throw conflict(group, option, by, options[option], name, value);
      options[option] = value;
      if (by === undefined) saidBy.set(option, name);
    }
    if (consumer.autoStart === undefined) continue;
    if (autoStart !== undefined && autoStart !== consumer.autoStart)
      throw conflict(group, 'autoStart', autoStartBy, autoStart, name, consumer.autoStart);
    autoStart = consumer.autoStart;
    autoStartBy = name;
  }
  return { options: options as unknown as PushConsumerOptions, autoStart: autoStart ?? true, classes };
}

function conflict(
  group: string,
  option: string,
  first: string,
  firstValue: unknown,
  second: string,
  secondValue: unknown,
): RocketMQError {
  return new RocketMQError(
    'INVALID_ARGUMENT',
    `the consumers of group ${group} disagree about ${option}: ${first} says ${show(firstValue)}, ${second} says ${show(secondValue)}; a group has one setting, make them equal`,
  );
}
