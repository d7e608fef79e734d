import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { describe, expect, it } from 'vitest';
import { bannedCalls, looseTypes, softTests } from '../src/call-rules.js';
import { doors, folderLine, importCircles, packageLine } from '../src/import-rules.js';
import { fileLength, functionLength } from '../src/length-rules.js';
import { fileNames } from '../src/name-rules.js';
import { formatViolation, projectFiles, repositoryRoot, type SourceFile, type Violation } from '../src/source-file.js';

const files = projectFiles();
const check = (rule: (file: SourceFile) => Violation[]) => files.flatMap((file) => rule(file)).map(formatViolation);

describe('house rules', () => {
  it('sees the project', () => expect(files.length).toBeGreaterThan(20));
  it('parses every file', () => {
    expect(files.filter(({ parsed }) => parsed.errors.length > 0).map(({ path }) => path)).toEqual([]);
  });
  it('keeps files short', () => expect(check(fileLength)).toEqual([]));
  it('keeps functions short', () => expect(check(functionLength)).toEqual([]));
  it('names files after concepts', () => expect(check(fileNames)).toEqual([]));
  it('reaches the outside through ports', () => expect(check(bannedCalls)).toEqual([]));
  it('has no loose types', () => expect(check(looseTypes)).toEqual([]));
  it('has no skipped or retried tests', () => expect(check(softTests)).toEqual([]));
  it('imports packages to the left only', () => expect(check((file) => packageLine(file))).toEqual([]));
  it('keeps the folders of a package in line', () => expect(check(folderLine)).toEqual([]));
  it('has one door per package and lists its names', () => expect(check(doors)).toEqual([]));
  it('has no import circles', () => expect(importCircles(files).map(formatViolation)).toEqual([]));
  it('compiles strictly', () => {
    const { compilerOptions } = JSON.parse(readFileSync(join(repositoryRoot, 'tsconfig.base.json'), 'utf8')) as {
      compilerOptions: Record<string, unknown>;
    };
    expect(compilerOptions).toMatchObject({
      strict: true,
      noUncheckedIndexedAccess: true,
      exactOptionalPropertyTypes: true,
    });
  });
});
