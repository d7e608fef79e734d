import { isTest, type SourceFile, type Violation } from './source-file.js';
import { type SyntaxNode, walk } from './syntax-walk.js';

/** Expressions that reach past the ports, and the port to take. */
const BANNED_CALLS: Readonly<Record<string, string>> = {
  'Date.now': 'clock.now()',
  'performance.now': 'clock.monotonic()',
  'Math.random': 'random.next()',
  setTimeout: 'clock.schedule()',
  setInterval: 'every(clock, …)',
  setImmediate: 'clock.afterTurn()',
  randomUUID: 'the Random port',
  'crypto.randomUUID': 'the Random port',
  'process.env': 'options handed in (the environment is read in bin/ and cli only)',
};

const BANNED_MODULES: Readonly<Record<string, string>> = {
  'node:fs': 'the Disk port',
  'node:fs/promises': 'the Disk port',
  fs: 'the Disk port',
  'node:net': 'the Acceptor and Dialer ports',
  net: 'the Acceptor and Dialer ports',
  'node:tls': 'the Acceptor and Dialer ports',
  ws: 'the Acceptor and Dialer ports',
  'node:timers': 'the Clock port',
  'node:timers/promises': 'the Clock port',
};

/** The platform rooms implement the ports; cli, bin and the simulator's command read the environment and talk to people. */
const mayTouchPlatform = (path: string): boolean =>
  /^packages\/runtime\/src\/(node|browser)\//.test(path) ||
  path.startsWith('packages/cli/') ||
  /\/src\/bin\//.test(path) ||
  path === 'simulation/src/run.ts';
const checked = (path: string): boolean =>
  /^(packages\/[^/]+\/src|simulation\/src)\//.test(path) && !mayTouchPlatform(path);

function dotted(node: SyntaxNode): string | undefined {
  if (node.type === 'Identifier') return node['name'] as string;
  if (node.type !== 'MemberExpression' || node['computed'] === true) return undefined;
  const object = dotted(node['object'] as SyntaxNode);
  return object === undefined ? undefined : `${object}.${(node['property'] as SyntaxNode)['name'] as string}`;
}

export function bannedCalls(file: SourceFile): Violation[] {
  if (!checked(file.path)) return [];
  const found: Violation[] = [];
  const report = (offset: number, what: string, instead: string) =>
    found.push({ file: file.path, line: file.lineAt(offset), message: `${what} is banned here: take ${instead}` });
  for (const { moduleRequest } of file.parsed.module.staticImports) {
    const instead = BANNED_MODULES[moduleRequest.value];
    if (instead !== undefined) report(moduleRequest.start, `module ${moduleRequest.value}`, instead);
  }
  walk(file.parsed.program, (node) => {
    if (
      node.type === 'NewExpression' &&
      dotted(node['callee'] as SyntaxNode) === 'Date' &&
      (node['arguments'] as unknown[]).length === 0
    ) {
      report(node.start, 'new Date()', 'clock.now()');
    }
    const name =
      node.type === 'CallExpression'
        ? dotted(node['callee'] as SyntaxNode)
        : node.type === 'MemberExpression'
          ? dotted(node)
          : undefined;
    const instead = name === undefined ? undefined : BANNED_CALLS[name.replace(/^globalThis\./, '')];
    if (instead !== undefined && (node.type === 'CallExpression' || name === 'process.env'))
      report(node.start, name!, instead);
  });
  return found;
}

/** `any`, suppressed type errors, enums, the console outside cli. */
export function looseTypes(file: SourceFile): Violation[] {
  const found: Violation[] = [];
  const report = (offset: number, message: string) =>
    found.push({ file: file.path, line: file.lineAt(offset), message });
  walk(file.parsed.program, (node) => {
    if (node.type === 'TSAnyKeyword') report(node.start, '`any`: say what it is, or `unknown`');
    if (node.type === 'TSEnumDeclaration') report(node.start, 'enum: use an `as const` table');
    if (
      node.type === 'CallExpression' &&
      /^packages\/(?!cli\/)[^/]+\/src\//.test(file.path) &&
      dotted(node['callee'] as SyntaxNode)?.startsWith('console.') === true
    ) {
      report(node.start, 'console: use the Logger port');
    }
  });
  for (const comment of file.parsed.comments) {
    const allowed = /@ts-expect-error/.test(comment.value) && isTest(file.path);
    if (/@ts-(ignore|nocheck|expect-error)/.test(comment.value) && !allowed)
      report(comment.start, 'a suppressed type error: mend the type');
  }
  return found;
}

/** `retry` in the options of a test. */
function retriesOf(node: SyntaxNode): SyntaxNode[] {
  if (node.type !== 'CallExpression') return [];
  const callee = node['callee'] as SyntaxNode;
  // it('…') and it.each(…)('…')
  const name = dotted(callee.type === 'CallExpression' ? (callee['callee'] as SyntaxNode) : callee);
  if (name === undefined || !/^(it|test|describe)(\.|$)/.test(name)) return [];
  const options = (node['arguments'] as SyntaxNode[]).filter(({ type }) => type === 'ObjectExpression');
  const properties = options.flatMap((option) => option['properties'] as SyntaxNode[]);
  return properties.filter(({ key }) => (key as SyntaxNode | undefined)?.['name'] === 'retry');
}

/** Tests are neither skipped nor repeated until they pass. */
export function softTests(file: SourceFile): Violation[] {
  if (!isTest(file.path)) return [];
  const found: Violation[] = [];
  walk(file.parsed.program, (node) => {
    const name = node.type === 'MemberExpression' ? dotted(node) : undefined;
    if (name !== undefined && /^(it|test|describe)\.(skip|todo|only|fails)$/.test(name)) {
      found.push({ file: file.path, line: file.lineAt(node.start), message: `${name}: run it or delete it` });
    }
    for (const property of retriesOf(node)) {
      const line = file.lineAt(property.start);
      found.push({ file: file.path, line, message: 'a retried test: mend what makes it flaky' });
    }
  });
  return found;
}
