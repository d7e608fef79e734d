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
  return found;
}

function resolve(from: string, specifier: string): string | undefined {
  if (specifier.startsWith('.')) return join(dirname(from), specifier.replace(/\.js$/, '.ts'));
  const match = /^@cometmq\/([\w-]+)(?:\/(.+))?$/.exec(specifier);
  if (match === null) return undefined;
  const folder = join(packages, match[1]!);
  const { exports } = JSON.parse(readFileSync(join(folder, 'package.json'), 'utf8')) as {
    exports: Record<string, { '@cometmq/source': string }>;
  };
  return join(folder, exports[match[2] === undefined ? '.' : `./${match[2]}`]!['@cometmq/source']);
}

function graph(entry: string): Map<string, string[]> {
  const seen = new Map<string, string[]>();
  const open = [entry];
  for (let file = open.pop(); file !== undefined; file = open.pop()) {
    if (seen.has(file)) continue;
    const specifiers = loads(file);
    seen.set(file, specifiers);
    for (const specifier of specifiers) {
      const next = resolve(file, specifier);
      if (next !== undefined) open.push(next);
    }
  }
  return seen;
}

describe('the browser entry', () => {
  const reached = graph(join(packages, 'sdk/src/browser.ts'));

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
        else if (!specifier.startsWith('.') && !specifier.startsWith('@cometmq/'))
          outside.add(specifier.split('/')[0]!);
      }
    }
    expect(ofNode).toEqual([]);
    expect([...outside].sort()).toEqual(['fflate', 'fzstd', 'rxjs']);
  });

  it('offers what the Node entry offers, but for the platform', async () => {
    const [node, browser] = await Promise.all([import('../../src/index.js'), import('../../src/browser.js')]);
    const onlyNode = Object.keys(node).filter((name) => !(name in browser));
    const onlyBrowser = Object.keys(browser).filter((name) => !(name in node));
    expect([onlyNode.sort(), onlyBrowser]).toEqual([
      ['CONSUME_CHANNEL', 'SEND_CHANNEL', 'nodeClientPorts'],
      ['browserClientPorts'],
    ]);
  });
});

describe('the walk itself', () => {
  it('would notice a module of Node', () => {
    const found = [...graph(join(packages, 'sdk/src/index.ts')).values()].flat();
    expect(found).toContain('node:diagnostics_channel');
    expect(found).toContain('node:zlib');
  });
});
