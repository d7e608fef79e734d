import type { Discovered, InstanceWrapper } from './explorer.js';

/** Nest's record of a module. */
type ModuleRecord = NonNullable<InstanceWrapper['host']>;

interface Destroyable {
  onModuleDestroy?: () => unknown;
}

const isObject = (value: unknown): value is Destroyable => typeof value === 'object' && value !== null;

/**
 * Has everything that a consumer could inject wait for the handlers before it is destroyed. Nest destroys a module before the
 * modules it imports, but not in a circle, among global modules in any order, and in one module Nest 11 runs all hooks at once:
 * so each `onModuleDestroy` of the consumers' modules and of what these import waits for the drain itself, and the consumers' modules
 * have one, whatever they are made of. A hook of our own, global module alone would come last.
 */
export function installDrainHooks(consumers: readonly Discovered[], drain: () => Promise<void>): void {
  const hooked = new Set<object>();
  const install = (instance: unknown, always: boolean) => {
    if (!isObject(instance) || hooked.has(instance)) return;
    if (!always && typeof instance.onModuleDestroy !== 'function') return;
    hooked.add(instance);
    drainFirst(instance, drain);
  };
  const hosts = new Set<ModuleRecord>();
  for (const { wrapper, instance, isStatic } of consumers) {
    if (isStatic) install(instance, true);
    if (wrapper.host === undefined) continue;
    hosts.add(wrapper.host);
    // Consumers that are made per message have no instance to hook.
    install(wrapper.host.instance, true);
  }
  for (const module of withImports(hosts)) {
    for (const collection of [module.providers, module.controllers, module.injectables]) {
      for (const wrapper of collection.values()) {
        if (wrapper.isAlias || wrapper.isTransient || !wrapper.isDependencyTreeStatic()) continue;
        install(wrapper.instance, false);
      }
    }
  }
}

/** The modules and all they import, global ones included: Nest counts those as imported by everybody. */
function withImports(modules: Iterable<ModuleRecord>): ReadonlySet<ModuleRecord> {
  const all = new Set(modules);
  // A set is walked to its end, also when that moves on.
  for (const module of all) for (const imported of module.imports) all.add(imported);
  return all;
}

function drainFirst(instance: Destroyable, drain: () => Promise<void>): void {
  const original = instance.onModuleDestroy;
  Object.defineProperty(instance, 'onModuleDestroy', {
    configurable: true,
    enumerable: false,
    writable: true,
    async value(this: unknown) {
      await drain();
      await original?.call(instance);
    },
  });
}
