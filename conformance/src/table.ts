import type { Row } from './client.js';

/** A row, and where it came from. */
export interface Entry {
  readonly client: string;
  readonly server: string;
  readonly row: Row;
}

/** One line of the table: a scenario of a client on all servers of the run. */
export interface Line {
  readonly scenario: string;
  readonly client: string;
  /** In the order of the servers; undefined where the scenario gave no row. */
  readonly rows: readonly (Row | undefined)[];
  readonly verdict: 'same' | 'different' | 'failed' | 'passed';
}

/** Brings the rows of a scenario and a client together. */
export function compare(entries: readonly Entry[], servers: readonly string[]): Line[] {
  const byLine = new Map<string, Map<string, Row>>();
  const names = new Map<string, { scenario: string; client: string }>();
  for (const { client, server, row } of entries) {
    const key = JSON.stringify([client, row.scenario]);
    names.set(key, { scenario: row.scenario, client });
    byLine.set(key, (byLine.get(key) ?? new Map<string, Row>()).set(server, row));
  }
  return [...names]
    .map(([key, name]) => {
      const rows = servers.map((server) => byLine.get(key)?.get(server));
      return { ...name, rows, verdict: verdict(rows) };
    })
    .toSorted((a, b) => a.client.localeCompare(b.client) || a.scenario.localeCompare(b.scenario));
}

export function isPassed(line: Line): boolean {
  return line.verdict === 'same' || line.verdict === 'passed';
}

function verdict(rows: readonly (Row | undefined)[]): Line['verdict'] {
  if (rows.some((row) => row === undefined || !row.ok)) {
    return 'failed';
  }
  if (rows.length === 1) {
    return 'passed';
  }
  return new Set(rows.map((row) => row?.detail)).size === 1 ? 'same' : 'different';
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
  if (line.verdict === 'same') {
    return [`    ${line.rows[0]?.detail ?? ''}`];
  }
  return servers.map((server, i) => `    ${server}: ${line.rows[i]?.detail ?? '(no row)'}`);
}

function cell(row: Row | undefined): string {
  return row ? `${row.ok ? 'ok' : 'FAIL'} ${row.ms}` : 'no row';
}

function width(title: string, values: readonly string[]): number {
  return Math.max(title.length, ...values.map((value) => value.length));
}
