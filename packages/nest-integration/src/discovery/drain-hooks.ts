import type { Discovered } from './explorer.js';

type Hook = () => unknown;

interface Destroyable {
  onModuleDestroy?: Hook;
}

const isObject = (value: unknown): value is Destroyable => typeof value === 'object' && value !== null;

/**
 * Has the modules of the consumers wait for their handlers before anything in them is destroyed. A module is destroyed before the
 * modules it imports, so what handlers use from there is still open, too; a hook of our own, global module would come last. In
 * the module itself Nest 11 runs all hooks at once, so each of them waits. Consumers whose classes are made per message have no
 * instance to hook: the module's own does it for them.
 */
export function installDrainHooks(consumers: readonly Discovered[], drain: () => Promise<void>): void {
  const hooked = new Set<object>();
  const install = (instance: unknown) => {
    if (!isObject(instance) || hooked.has(instance)) return;
    hooked.add(instance);
    drainFirst(instance, drain);
  };
  for (const { wrapper, instance, isStatic } of consumers) {
    if (isStatic) install(instance);
    const { host } = wrapper;
    if (host === undefined) continue;
    install(host.instance);
    for (const collection of [host.providers, host.controllers, host.injectables]) {
      for (const other of collection.values()) {
        if (other.isAlias || other.isTransient || !other.isDependencyTreeStatic()) continue;
        const value: unknown = other.instance;
        if (isObject(value) && typeof value.onModuleDestroy === 'function') install(value);
      }
    }
  }
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
