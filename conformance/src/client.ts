import type { ServerKind } from './server.js';

/** What one scenario of one client gave on one server. */
export interface Row {
  /** `family/name`. */
  readonly scenario: string;
  readonly ok: boolean;
  /** Facts that must be equal on all servers; on a failure also the reason. */
  readonly detail: string;
  readonly ms: number;
}

/** Where a client finds a server. */
export interface Target {
  /** `host:port` of the name server. */
  readonly namesrv: string;
  /** Names or families of scenarios; empty means all. */
  readonly only: readonly string[];
}

/** A kind of client that can run the scenario table, or the part of it that it has. */
export interface Client {
  readonly name: string;
  /** Whether a JDK and Maven have to be there. */
  readonly needsJava: boolean;
  /** A server that it cannot reach; there the rows of another client stand beside its own. */
  readonly standIn?: { readonly server: string; readonly client: Client };
  /** It needs servers of its own: which, by the kind whose column they stand in. On kinds not named here it is not run. */
  readonly on?: Readonly<Record<string, ServerKind>>;
  /** Reports each row when it is there; rejects when the client itself breaks down. */
  run(target: Target, onRow: (row: Row) => void): Promise<void>;
}

/** Whether `--only` asks for this scenario. */
export function isSelected(scenario: string, only: readonly string[]): boolean {
  const family = scenario.slice(0, scenario.indexOf('/'));
  return only.length === 0 || only.includes(scenario) || only.includes(family);
}

/** Reads a row from a line of a client's output; other lines (log output) give undefined. */
export function parseRow(line: string): Row | undefined {
  if (!line.startsWith('{"scenario":')) {
    return undefined;
  }
  const row = JSON.parse(line) as Row;
  return { scenario: row.scenario, ok: row.ok, detail: row.detail, ms: row.ms };
}
