import { readFileSync } from 'node:fs';
import { describe, expect, it } from 'vitest';
import * as protocol from '../../src/index.js';
import {
  type AccessRequirement,
  allRequests,
  type Field,
  requestByCode,
  type RequestDefinition,
  type Shape,
} from '../../src/index.js';

/** What Apache 5.3.3 declares, one row per request code. Types: `string`, `int32?` may be absent, `int64=0` has a default. */
interface Row {
  readonly code: number;
  readonly name: string;
  readonly request: Readonly<Record<string, string>>;
  readonly inherited: readonly string[];
  readonly response: Readonly<Record<string, string>>;
  readonly requestBody?: string;
  readonly responseBody?: string;
  readonly actions?: readonly string[];
  readonly resource?: string;
  readonly named?: Readonly<Record<string, string>>;
}

const rows = JSON.parse(readFileSync(new URL('../fixtures/requests.json', import.meta.url), 'utf8')) as Row[];

const KINDS: Readonly<Record<string, readonly string[]>> = {
  string: ['text'],
  int32: ['int32'],
  int64: ['int64', 'clampedInt64'],
  boolean: ['boolean'],
  boundary: ['boundary'],
};

const INHERITED: Readonly<Record<string, string>> = {
  ns: 'string?',
  nsd: 'boolean?',
  bname: 'string?',
  oway: 'boolean?',
  lo: 'boolean?',
};

function described(field: Field, type: string): string {
  const kind = KINDS[type.replace(/[?=].*/, '')]?.includes(field.kind) ? type.replace(/[?=].*/, '') : field.kind;
  if (field.fallback !== undefined) return `${kind}=${JSON.stringify(field.fallback)}`;
  return field.optional ? `${kind}?` : kind;
}

function fieldsOf(shape: Shape, expected: Readonly<Record<string, string>>): Record<string, string> {
  return Object.fromEntries(
    Object.entries(shape).map(([name, field]) => {
      const wire = field.wire ?? name;
      return [wire, described(field, expected[wire] ?? '')];
    }),
  );
}

function expectedRequest(row: Row): Record<string, string> {
  const inherited = Object.fromEntries(row.inherited.map((key) => [key, INHERITED[key]!]));
  const fields: Record<string, string> = { ...inherited, ...row.request };
  if ('n' in row.request) delete fields['bname']; // the short header writes bname as n
  return fields;
}

const camelCase = (name: string) => name.toLowerCase().replace(/_(\w)/g, (_, letter: string) => letter.toUpperCase());

describe('table of requests', () => {
  it('has every code of Apache once, and no other', () => {
    expect(allRequests.map((definition) => definition.code).toSorted((a, b) => a - b)).toEqual(
      rows.map((row) => row.code).toSorted((a, b) => a - b),
    );
    expect(rows).toHaveLength(158);
  });

  it.each(rows.map((row) => [row.name, row] as const))('%s is what Apache declares', (name, row) => {
    const definition = requestByCode(row.code)!;
    expect(definition.name).toBe(name);
    expect((protocol as Readonly<Record<string, unknown>>)[camelCase(name)]).toBe(definition);
    const request = expectedRequest(row);
    expect(fieldsOf(definition.request.shape, request)).toEqual(request);
    const response = { ...row.response, ...SEEN_LIVE[row.code] };
    expect(fieldsOf(definition.response.shape, response)).toEqual(response);
    expect({
      requestBody: definition.requestBody !== undefined,
      responseBody: definition.responseBody !== undefined,
    }).toEqual({
      requestBody: row.requestBody !== undefined || ADDED.request.has(row.code),
      responseBody: row.responseBody !== undefined || ADDED.response.has(row.code),
    });
  });

  it('knows no other code', () => {
    expect(requestByCode(9999)).toBeUndefined();
  });
});

/** Declared as required, yet missing in answers of Apache's 5.3.3. */
const SEEN_LIVE: Readonly<Record<number, Readonly<Record<string, string>>>> = {
  21: { totalTopicNum: 'int32?' },
  201: { totalGroupNum: 'int32?' },
};

/** Bodies without a class of their own in the table, for which there is a codec. */
const ADDED = { request: new Set([1006]), response: new Set([38, 45, 61, 3005, 3010]) };

/** Apache builds these from code instead of annotations (DefaultAuthorizationContextBuilder, 5.3). */
const FROM_CODE: Readonly<Record<number, string>> = {
  14: 'topic:topic:sub|get group:consumerGroup:sub|get',
  15: 'topic:topic:sub|update group:consumerGroup:sub|update',
  34: 'group:body:sub topic:body:sub',
  36: 'group:group:sub',
  38: 'group:consumerGroup:sub|get',
  41: 'group:body:sub topic:body:sub',
  42: 'group:body:sub topic:body:sub',
  105: 'topic:topic:pub|sub|get',
  320: 'topic:topic:pub',
};

/** Apache lets every user with a valid signature do these; here they need what their neighbours need. */
const STRICTER: Readonly<Record<number, string>> = {
  25: 'cluster::update',
  200: 'group:body:create|update',
  225: 'group:body:create|update',
  306: 'cluster::update',
  316: 'cluster::update',
  318: 'cluster::update',
  329: 'cluster::update',
  361: 'topic:topic:sub group:consumerGroup:sub',
  401: 'group:body:update',
  513: 'topic:topic:create',
  1009: 'cluster::update',
  2001: 'cluster::update',
  2002: 'cluster::update',
  2004: 'cluster::update',
  200056: 'cluster::update',
  200151: 'group:body:sub topic:body:sub',
};

/** What the fields of the header class say (authResource), and what the class says. */
function declaredAccess(row: Row, definition: RequestDefinition): string {
  if (row.actions === undefined) return 'none';
  const actions = row.actions.join('|');
  const names = Object.fromEntries(
    Object.entries(definition.request.shape).map(([name, field]) => [field.wire ?? name, name]),
  );
  const named = Object.entries(row.named ?? {}).map(([wire, of]) => {
    const slash = of.indexOf('/');
    const separator = slash < 0 ? '' : `/${of.slice(slash + 1)}`;
    return `${slash < 0 ? of : of.slice(0, slash)}:${names[wire]}${separator}:${actions}`;
  });
  if (named.length > 0) return named.toSorted().join(' ');
  return row.code === 18 ? `topic:body:${actions}` : `${row.resource}::${actions}`;
}

function accessOf(definition: RequestDefinition): string {
  if (definition.access === 'none') return 'none';
  return definition.access.map(described1).toSorted().join(' ');
}

function described1(rule: AccessRequirement): string {
  const where = rule.inBody ? 'body' : `${rule.field ?? ''}${rule.separator === undefined ? '' : `/${rule.separator}`}`;
  return `${rule.resource}:${where}:${rule.actions.join('|')}`;
}

const sorted = (rules: string) => rules.split(' ').toSorted().join(' ');

describe('access rules', () => {
  it.each(rows.map((row) => [row.name, row] as const))('%s', (_name, row) => {
    const definition = requestByCode(row.code)!;
    const expected = FROM_CODE[row.code] ?? STRICTER[row.code] ?? declaredAccess(row, definition);
    expect(accessOf(definition)).toBe(sorted(expected));
  });

  it('name fields that are there: a rule about another one would let everybody in', () => {
    const unknown = allRequests.flatMap(({ access, request, name }) => {
      const fields = access === 'none' ? [] : access.flatMap((rule) => rule.field ?? []);
      return fields.filter((field) => !(field in request.shape)).map((field) => `${name}: ${field}`);
    });
    expect(unknown).toEqual([]);
  });
});
