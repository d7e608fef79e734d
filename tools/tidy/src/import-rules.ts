import { existsSync, readdirSync, readFileSync } from 'node:fs';
import { dirname, join, normalize } from 'node:path';
import { isProductCode, repositoryRoot, type SourceFile, type Violation } from './source-file.js';
import { walk } from './syntax-walk.js';

/** What each package may import: ARCHITECTURE, section 2. `folder/` entries are allowed in that folder only. */
export const PACKAGE_LINE: Readonly<Record<string, readonly string[]>> = {
  runtime: [],
  protocol: ['runtime'],
  remoting: ['runtime', 'protocol'],
  store: ['runtime', 'protocol'],
  namesrv: ['runtime', 'protocol', 'remoting'],
  broker: ['runtime', 'protocol', 'remoting', 'store'],
  sdk: ['runtime', 'protocol', 'remoting'],
  'nest-integration': ['sdk', 'testing/:standalone'],
  standalone: ['runtime', 'protocol', 'remoting', 'store', 'namesrv', 'broker', 'testing/:testkit', 'testing/:sdk'],
  cli: ['runtime', 'protocol', 'remoting', 'store', 'namesrv', 'broker', 'sdk', 'standalone'],
  testkit: ['runtime'],
};

/** Packages from outside that product code may load, and where. */
export const EXTERNAL: Readonly<Record<string, readonly string[]>> = {
  runtime: ['node/:ws', 'node/:fzstd', 'node/:lz4-napi', 'browser/:fflate', 'browser/:fzstd'],
  protocol: [],
  remoting: [],
  store: [],
  namesrv: [],
  broker: [],
  sdk: ['rxjs', 'reflect-metadata', 'fflate'],
  'nest-integration': [
    'rxjs',
    'reflect-metadata',
    '@nestjs/common',
    '@nestjs/core',
    '@nestjs/microservices',
    '@nestjs/terminus',
  ],
  standalone: [],
  cli: ['commander', 'cli-table3', 'cli-progress', 'rxjs'],
  testkit: [],
};

/** Folder lines inside a package: a folder imports only what its list names. Files at the top may import all. */
export const FOLDER_LINE: Readonly<Record<string, Readonly<Record<string, readonly string[]>>>> = {
  store: {
    segment: [],
    'commit-log': ['segment'],
    'consume-queue': ['segment'],
    index: ['segment'],
    flush: ['segment', 'commit-log', 'consume-queue', 'index'],
    replication: ['segment', 'commit-log', 'consume-queue', 'index'],
    dispatch: ['segment', 'commit-log', 'consume-queue', 'index'],
    read: ['segment', 'commit-log', 'consume-queue', 'index', 'dispatch'],
    timer: ['segment', 'commit-log', 'consume-queue', 'index', 'flush', 'dispatch', 'replication'],
    retention: ['segment', 'commit-log', 'consume-queue', 'index', 'flush', 'dispatch', 'replication'],
    recovery: ['segment', 'commit-log', 'consume-queue', 'index', 'flush', 'dispatch', 'replication'],
    offline: ['segment', 'consume-queue', 'index', 'flush', 'recovery'],
  },
};

interface Import {
  readonly specifier: string;
  readonly offset: number;
}

/** Every module a file names: imports, re-exports, `import()` and `import('…')` types. */
export function importsOf(file: SourceFile): Import[] {
  const found: Import[] = file.parsed.module.staticImports.map(({ moduleRequest }) => ({
    specifier: moduleRequest.value,
    offset: moduleRequest.start,
  }));
  walk(file.parsed.program, (node) => {
    const source =
      node.type === 'ExportNamedDeclaration' ||
      node.type === 'ExportAllDeclaration' ||
      node.type === 'ImportExpression' ||
      node.type === 'TSImportType'
        ? node['source']
        : undefined;
    const value = (source as { value?: unknown } | undefined | null)?.value;
    if (typeof value === 'string') found.push({ specifier: value, offset: node.start });
  });
  return found;
}

const packageOf = (path: string): string => path.split('/')[1] ?? '';
const insideSrc = (path: string): string => path.split('/').slice(3).join('/');

function packageNames(): ReadonlyMap<string, string> {
  const byName = new Map<string, string>();
  for (const folder of readdirSync(join(repositoryRoot, 'packages'))) {
    const manifest = join(repositoryRoot, 'packages', folder, 'package.json');
    if (existsSync(manifest)) byName.set((JSON.parse(readFileSync(manifest, 'utf8')) as { name: string }).name, folder);
  }
  return byName;
}

const nameOf = (specifier: string): string =>
  specifier
    .split('/')
    .slice(0, specifier.startsWith('@') ? 2 : 1)
    .join('/');

function allowed(list: readonly string[], name: string, inside: string): boolean {
  return list.some((entry) => {
    const [folder, only] = entry.includes(':') ? entry.split(':') : ['', entry];
    return only === name && inside.startsWith(folder ?? '');
  });
}

/** Packages import to the left only, and from outside only what is written down. */
export function packageLine(file: SourceFile, siblings: ReadonlyMap<string, string> = packageNames()): Violation[] {
  if (!isProductCode(file.path)) return [];
  const own = packageOf(file.path);
  const inside = insideSrc(file.path);
  return importsOf(file).flatMap(({ specifier, offset }) => {
    if (/^(\.|#|node:)/.test(specifier)) return [];
    const line = file.lineAt(offset);
    const sibling = siblings.get(nameOf(specifier));
    if (sibling !== undefined) {
      return allowed(PACKAGE_LINE[own] ?? [], sibling, inside)
        ? []
        : [
            {
              file: file.path,
              line,
              message: `${own} may not import ${specifier}: packages import only what stands to their left (ARCHITECTURE, section 2)`,
            },
          ];
    }
    return allowed(EXTERNAL[own] ?? [], nameOf(specifier), inside)
      ? []
      : [
          {
            file: file.path,
            line,
            message: `${own} may not load ${specifier}: name it in tools/tidy with a reason, or take a port`,
          },
        ];
  });
}

/** Where a relative import leads, as a path of the repository. */
function target(from: string, specifier: string): string {
  return normalize(join(dirname(from), specifier)).replace(/\.js$/, '.ts');
}

/** A `#name` of package.json leads to one file per platform; their sources stand in it. */
function targets(from: string, specifier: string): string[] {
  if (specifier.startsWith('.')) return [target(from, specifier)];
  if (!specifier.startsWith('#')) return [];
  const home = from.split('/').slice(0, 2).join('/');
  const { imports } = JSON.parse(readFileSync(join(repositoryRoot, home, 'package.json'), 'utf8')) as {
    imports: unknown;
  };
  return [...JSON.stringify(imports).matchAll(/"\.\/(src\/[^"]+)"/g)].map(([, source]) => `${home}/${source}`);
}

export function folderLine(file: SourceFile): Violation[] {
  if (!isProductCode(file.path)) return [];
  const own = packageOf(file.path);
  const folder = insideSrc(file.path).includes('/') ? insideSrc(file.path).split('/')[0]! : '';
  const broker = own === 'broker';
  return importsOf(file).flatMap(({ specifier, offset }) => {
    if (!specifier.startsWith('.')) return [];
    const to = insideSrc(target(file.path, specifier));
    const other = to.includes('/') ? to.split('/')[0]! : '';
    const line = file.lineAt(offset);
    if (broker && to === 'broker.ts')
      return [{ file: file.path, line, message: 'nobody imports broker.ts, it only wires' }].filter(
        () => insideSrc(file.path) !== 'index.ts',
      );
    if (broker && other === 'processors' && folder !== 'processors' && folder !== '')
      return [{ file: file.path, line, message: 'concepts never import processors' }];
    if (
      broker &&
      folder === 'processors' &&
      other === 'processors' &&
      !file.path.endsWith('/table.ts') &&
      /processors\/[^/]+\/[^/]+$/.test(to) &&
      dirname(to) !== dirname(insideSrc(file.path))
    ) {
      return [{ file: file.path, line, message: 'a processor imports concepts, never another processor' }];
    }
    const lineOf = FOLDER_LINE[own];
    if (lineOf === undefined || folder === '' || other === '' || other === folder) return [];
    return lineOf[folder]?.includes(other)
      ? []
      : [
          {
            file: file.path,
            line,
            message: `${own}/${folder} may not import ${own}/${other}: folders form a line (ARCHITECTURE, section 3)`,
          },
        ];
  });
}

/** `export *` hides what a package promises; a package's door is not for its own rooms. */
export function doors(file: SourceFile): Violation[] {
  if (!isProductCode(file.path)) return [];
  const found: Violation[] = [];
  walk(file.parsed.program, (node) => {
    if (node.type === 'ExportAllDeclaration')
      found.push({ file: file.path, line: file.lineAt(node.start), message: '`export *`: list the names' });
  });
  for (const { specifier, offset } of importsOf(file)) {
    if (/(^|\/)index\.js$/.test(specifier))
      found.push({
        file: file.path,
        line: file.lineAt(offset),
        message: 'index.ts is the door for others: import the room itself',
      });
  }
  return found;
}

/** Circles of relative imports inside each package, type imports counted. */
export function importCircles(files: readonly SourceFile[]): Violation[] {
  const edges = new Map<string, string[]>();
  for (const file of files.filter(({ path }) => isProductCode(path))) {
    edges.set(
      file.path,
      importsOf(file).flatMap(({ specifier }) => targets(file.path, specifier)),
    );
  }
  const state = new Map<string, 'open' | 'done'>();
  const found: Violation[] = [];
  const visit = (path: string, trail: readonly string[]): void => {
    if (state.get(path) === 'done') return;
    if (state.get(path) === 'open') {
      const circle = [...trail.slice(trail.indexOf(path)), path];
      found.push({ file: path, line: 1, message: `import circle: ${circle.join(' → ')}` });
      return;
    }
    state.set(path, 'open');
    for (const next of edges.get(path) ?? []) if (edges.has(next)) visit(next, [...trail, path]);
    state.set(path, 'done');
  };
  for (const path of edges.keys()) visit(path, []);
  return found;
}
