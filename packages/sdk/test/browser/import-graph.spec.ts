import { existsSync, readFileSync } from 'node:fs';
import { builtinModules } from 'node:module';
import { dirname, join, relative } from 'node:path';
import { fileURLToPath } from 'node:url';
import { describe, expect, it } from 'vitest';

const packages = fileURLToPath(new URL('../../../', import.meta.url));

/** Modules a file loads when it runs: type imports are erased. */
function loads(file: string): string[] {
  const text = readFileSync(file, 'utf8').replace(/\/\*[\s\S]*?\*\/|^\s*\/\/.*$/gm, '');
  const found: string[] = [];
  for (const match of text.matchAll(/(?:^|\n)\s*(?:import|export)\s+(type\s+)?(?:([^'";]*?)\s+from\s+)?'([^']+)'/g)) {
    const [, type, names, specifier] = match;
    const all = names?.match(/^(?:\w+\s*,\s*)?\{([\s\S]*)\}$/)?.[1];
    const onlyTypes =
      all !== undefined && all.split(',').every((name) => name.trim() === '' || /^type\s/.test(name.trim()));
    // Under verbatimModuleSyntax `import { type X } from` still loads the module; `import type` does not.
    if (
      type === undefined &&
      (names === undefined ||
        all === undefined ||
        !onlyTypes ||
        text.slice(match.index, match.index + 8).includes('import'))
    )
      found.push(specifier!);
  }
  for (const [, specifier] of text.matchAll(/\bimport\(\s*'([^']+)'\s*\)\s*(?![.[])/g)) found.push(specifier!);
  for (const [, specifier] of text.matchAll(/\bgetBuiltinModule\('([^']+)'\)/g)) found.push(specifier!);
  return found;
}

type Sources = Record<string, { '@cometmq/source': string; browser?: { '@cometmq/source': string } }>;

function resolve(from: string, specifier: string, platform: 'browser' | 'node'): string | undefined {
  if (specifier.startsWith('.')) return join(dirname(from), specifier.replace(/\.js$/, '.ts'));
  if (specifier.startsWith('#')) {
    const [folder] = relative(packages, from).split('/');
    const { imports } = manifest(folder!);
    const target = imports[specifier]!;
    return join(packages, folder!, ((platform === 'browser' && target.browser) || target)['@cometmq/source']);
  }
  const match = /^@cometmq\/([\w-]+)(?:\/(.+))?$/.exec(specifier);
  if (match === null) return undefined;
  const { exports } = manifest(match[1]!);
  return join(packages, match[1]!, exports[match[2] === undefined ? '.' : `./${match[2]}`]!['@cometmq/source']);
}

function manifest(folder: string): { exports: Sources; imports: Sources } {
  return JSON.parse(readFileSync(join(packages, folder, 'package.json'), 'utf8')) as ReturnType<typeof manifest>;
}

/** All that the entry of the package loads, by file. */
function graph(platform: 'browser' | 'node'): Map<string, string[]> {
  const seen = new Map<string, string[]>();
  const open = [join(packages, 'sdk/src/index.ts')];
  for (let file = open.pop(); file !== undefined; file = open.pop()) {
    if (seen.has(file)) continue;
    const specifiers = loads(file);
    seen.set(file, specifiers);
    for (const specifier of specifiers) {
      const next = resolve(file, specifier, platform);
      if (next !== undefined) open.push(next);
    }
  }
  return seen;
}

describe('the entry, in a browser', () => {
  const reached = graph('browser');

  it('is walked, the other packages included', () => {
    const files = [...reached.keys()].map((file) => relative(packages, file));
    for (const part of [
      'sdk/src/client/client-instance.ts',
      'sdk/src/consumer/push-consumer.ts',
      'protocol/src/frame/frame-decoder.ts',
      'remoting/src/client/remoting-client.ts',
      'runtime/src/browser/ws-transport.ts',
    ]) {
      expect(files).toContain(part);
    }
    expect([...reached.keys()].filter((file) => !existsSync(file))).toEqual([]);
  });

  it('reaches no module of Node and nothing from outside but what runs in a browser', () => {
    const outside = new Set<string>();
    const ofNode: string[] = [];
    for (const [file, specifiers] of reached) {
      for (const specifier of specifiers) {
        if (specifier.startsWith('node:') || builtinModules.includes(specifier.split('/')[0]!))
          ofNode.push(`${relative(packages, file)} loads ${specifier}`);
        else if (!/^(\.|#|@cometmq\/)/.test(specifier)) outside.add(specifier.split('/')[0]!);
      }
    }
    expect(ofNode).toEqual([]);
    expect([...outside].sort()).toEqual(['fflate', 'fzstd', 'rxjs']);
  });
});

describe('the walk itself', () => {
  it('would notice a module of Node', () => {
    const found = [...graph('node').values()].flat();
    expect(found).toContain('node:diagnostics_channel');
    expect(found).toContain('node:zlib');
  });
});
