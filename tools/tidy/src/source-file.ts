import { execFileSync } from 'node:child_process';
import { existsSync, readFileSync } from 'node:fs';
import { join, resolve } from 'node:path';
import { parseSync, type ParseResult } from 'oxc-parser';

/** The root of the repository. */
export const repositoryRoot = resolve(import.meta.dirname, '../../..');

/** One TypeScript or JavaScript file of the project, parsed once. */
export interface SourceFile {
  /** Relative to the root, with `/`. */
  readonly path: string;
  readonly text: string;
  readonly lines: readonly string[];
  readonly parsed: ParseResult;
  /** 1-based line of a character offset. */
  lineAt(offset: number): number;
}

/** What a rule found: where, and what to do instead. */
export interface Violation {
  readonly file: string;
  readonly line: number;
  readonly message: string;
}

export function formatViolation(violation: Violation): string {
  return `${violation.file}:${violation.line} ${violation.message}`;
}

export function sourceFile(path: string, text: string): SourceFile {
  const lines = text.split('\n');
  const starts: number[] = [];
  let at = 0;
  for (const line of lines) {
    starts.push(at);
    at += line.length + 1;
  }
  return {
    path,
    text,
    lines,
    parsed: parseSync(path, text),
    lineAt(offset) {
      let low = 0;
      let high = starts.length - 1;
      while (low < high) {
        const middle = (low + high + 1) >> 1;
        if (starts[middle]! <= offset) low = middle;
        else high = middle - 1;
      }
      return low + 1;
    },
  };
}

/** Every tracked or new code file, without what is generated, built or golden. */
export function projectFiles(): SourceFile[] {
  const listed = execFileSync('git', ['ls-files', '--cached', '--others', '--exclude-standard', '-z'], {
    cwd: repositoryRoot,
    encoding: 'utf8',
    maxBuffer: 1 << 26,
  });
  return listed
    .split('\0')
    .filter((path) => /\.(ts|tsx|mts|mjs|js)$/.test(path) && !path.endsWith('.d.ts'))
    .filter((path) => !/(^|\/)(golden|fixtures|generated|dist)\//.test(path))
    .filter((path) => existsSync(join(repositoryRoot, path)))
    .map((path) => sourceFile(path, readFileSync(join(repositoryRoot, path), 'utf8')));
}

/** Product code: what stands in a package's src. */
export const isProductCode = (path: string): boolean => /^packages\/[^/]+\/src\//.test(path);
export const isTest = (path: string): boolean => /(^|\/)test\//.test(path) || path.endsWith('.spec.ts');
