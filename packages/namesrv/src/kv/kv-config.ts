import type { Disk, Logger } from '@cometmq/runtime';
import { writeDurably } from '../durable-file.js';

/** Bound on what the store holds; it is written as a whole with every change. */
const MAX_ENTRIES = 100_000;

type Table = ReadonlyMap<string, ReadonlyMap<string, string>>;

/** Why a value was not taken. */
export class KvConfigError extends Error {
  override readonly name = 'KvConfigError';
}

/**
 * Values by namespace and key, e.g. the queues of orderly topics. Kept in Apache's file kvConfig.json:
 * `{"configTable":{"<namespace>":{"<key>":"<value>"}}}`. A change is visible when it is on the disk.
 */
export class KvConfig {
  #table: Table = new Map();
  #version = 0;
  /** Changes are made one behind the other. */
  #last: Promise<void> = Promise.resolve();

  constructor(
    private readonly path: string,
    private readonly ports: { readonly disk: Disk; readonly logger: Logger },
  ) {}

  /** Grows with every change. */
  get version(): number {
    return this.#version;
  }

  /** Reads the file. Throws KvConfigError when it is damaged: it is not overwritten then. */
  load(): void {
    const bytes = this.ports.disk.readFileSync(this.path);
    if (bytes === undefined) return;
    this.#table = parseTable(new TextDecoder().decode(bytes), this.path);
    this.#version++;
  }

  get(namespace: string, key: string): string | undefined {
    return this.#table.get(namespace)?.get(key);
  }

  /** Undefined when nothing was ever put there. */
  list(namespace: string): ReadonlyMap<string, string> | undefined {
    return this.#table.get(namespace);
  }

  /** Resolves when the value is on the disk; rejects, and changes nothing, when it cannot be written. */
  put(namespace: string, key: string, value: string): Promise<void> {
    return this.#change((table) => {
      const entries = new Map(table.get(namespace)).set(key, value);
      return new Map(table).set(namespace, entries);
    });
  }

  /** As `put`; a key that is not there is fine. */
  delete(namespace: string, key: string): Promise<void> {
    return this.#change((table) => {
      const entries = new Map(table.get(namespace));
      if (!entries.delete(key)) return table;
      // An emptied namespace stays, as in Apache's store: its list is answered empty and not "unknown".
      return new Map(table).set(namespace, entries);
    });
  }

  #change(change: (table: Table) => Table): Promise<void> {
    const done = this.#last.then(async () => {
      const next = change(this.#table);
      if (next === this.#table) return;
      let entries = 0;
      for (const namespace of next.values()) entries += namespace.size;
      if (entries > MAX_ENTRIES) throw new KvConfigError(`the key-value store is full: it holds ${MAX_ENTRIES} values`);
      await this.#save(next);
      this.#table = next;
      this.#version++;
    });
    this.#last = done.catch(() => {});
    return done;
  }

  async #save(table: Table): Promise<void> {
    const namespaces = [...table].map(([namespace, entries]) => [namespace, Object.fromEntries(entries)] as const);
    const text = JSON.stringify({ configTable: Object.fromEntries(namespaces) });
    try {
      await writeDurably(this.ports.disk, this.path, text);
    } catch (error) {
      this.ports.logger.error('the key-value store cannot be written', { path: this.path, error });
      throw new KvConfigError(`the value was not taken: ${this.path} cannot be written`, { cause: error });
    }
  }
}

function parseTable(text: string, path: string): Table {
  const damaged = (why: string, cause?: unknown) =>
    new KvConfigError(`${path} is damaged (${why}): repair it, or remove it to start without values`, { cause });
  let root: unknown;
  try {
    root = JSON.parse(text);
  } catch (error) {
    throw damaged('no JSON', error);
  }
  const namespaces = isObject(root) ? (root['configTable'] ?? {}) : undefined;
  if (!isObject(namespaces)) throw damaged('configTable is no object');
  const table = new Map<string, ReadonlyMap<string, string>>();
  for (const [namespace, entries] of Object.entries(namespaces)) {
    if (!isObject(entries)) throw damaged(`namespace ${namespace} is no object`);
    const values = Object.entries(entries).map(([key, value]) => [key, String(value)] as const);
    table.set(namespace, new Map(values));
  }
  return table;
}

function isObject(value: unknown): value is Record<string, unknown> {
  return typeof value === 'object' && value !== null && !Array.isArray(value);
}
