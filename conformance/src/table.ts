import type { Row } from './client.js';

/** A row, and where it came from. */
export interface Entry {
  readonly client: string;
  readonly server: string;
  readonly row: Row;
}

/** `missing` when the scenario gave no row, `not run` where this client is not run at all. */
export type Cell = Row | 'missing' | 'not run';

/** One line of the table: a scenario of a client on all servers of the run. */
export interface Line {
  readonly scenario: string;
  readonly client: string;
  /** In the order of the servers. */
  readonly rows: readonly Cell[];
  readonly verdict: 'same' | 'different' | 'failed' | 'passed';
}

/** Brings the rows of a scenario and a client together. */
export function compare(
  entries: readonly Entry[],
  servers: readonly string[],
  runsOn: (client: string, server: string) => boolean = () => true,
): Line[] {
  const byLine = new Map<string, Map<string, Row>>();
  const names = new Map<string, { scenario: string; client: string }>();
  for (const { client, server, row } of entries) {
    const key = JSON.stringify([client, row.scenario]);
    names.set(key, { scenario: row.scenario, client });
    byLine.set(key, (byLine.get(key) ?? new Map<string, Row>()).set(server, row));
  }
  return [...names]
    .map(([key, name]) => {
      const rows = servers.map(
        (server): Cell => byLine.get(key)?.get(server) ?? (runsOn(name.client, server) ? 'missing' : 'not run'),
      );
      return { ...name, rows, verdict: verdict(rows) };
    })
    .toSorted((a, b) => a.client.localeCompare(b.client) || a.scenario.localeCompare(b.scenario));
}

export function isPassed(line: Line): boolean {
  return line.verdict === 'same' || line.verdict === 'passed';
}

function verdict(rows: readonly Cell[]): Line['verdict'] {
  const details = new Set<string>();
  for (const row of rows.filter((candidate) => candidate !== 'not run')) {
    if (row === 'missing' || !row.ok) {
      return 'failed';
    }
    details.add(row.detail);
  }
  if (rows.length === 1 || rows.includes('not run')) {
    return 'passed';
  }
  return details.size === 1 ? 'same' : 'different';
}

/** The table as text; facts stand below a line when they differ, fail or are asked for. */
export function format(lines: readonly Line[], servers: readonly string[], details: boolean): string {
  const scenarioWidth = width(
    'scenario',
    lines.map((line) => line.scenario),
  );
  const clientWidth = width(
    'client',
    lines.map((line) => line.client),
  );
  const serverWidth = Math.max(10, ...servers.map((server) => server.length));
  const head = [
    'scenario'.padEnd(scenarioWidth),
    'client'.padEnd(clientWidth),
    ...servers.map((s) => s.padEnd(serverWidth)),
  ];
  const text = [`${head.join('  ')}  verdict`];
  for (const line of lines) {
    const cells = line.rows.map((row) => cell(row).padEnd(serverWidth));
    text.push(
      `${line.scenario.padEnd(scenarioWidth)}  ${line.client.padEnd(clientWidth)}  ${cells.join('  ')}  ${line.verdict}`,
    );
    if (details || !isPassed(line)) {
      text.push(...facts(line, servers));
    }
  }
  const passed = lines.filter(isPassed).length;
  return `${text.join('\n')}\n${passed} passed, ${lines.length - passed} failed\n`;
}

function facts(line: Line, servers: readonly string[]): string[] {
  const [first] = line.rows;
  if (line.verdict === 'same' && typeof first === 'object') {
    return [`    ${first.detail}`];
  }
  return servers.flatMap((server, i) => {
    const row = line.rows[i];
    if (row === 'not run') {
      return [];
    }
    return [`    ${server}: ${typeof row === 'object' ? row.detail : '(no row)'}`];
  });
}

function cell(row: Cell): string {
  if (typeof row === 'object') {
    return `${row.ok ? 'ok' : 'FAIL'} ${row.ms}`;
  }
  return row === 'missing' ? 'no row' : '-';
}

function width(title: string, values: readonly string[]): number {
  return Math.max(title.length, ...values.map((value) => value.length));
}
