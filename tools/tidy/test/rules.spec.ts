import { describe, expect, it } from 'vitest';
import { bannedCalls, looseTypes, softTests } from '../src/call-rules.js';
import { doors, folderLine, importCircles, packageLine } from '../src/import-rules.js';
import { fileLength, functionLength, MAX_FILE_LINES, MAX_FUNCTION_LINES } from '../src/length-rules.js';
import { fileNames } from '../src/name-rules.js';
import { sourceFile } from '../src/source-file.js';

const siblings = new Map([
  ['@cometmq/runtime', 'runtime'],
  ['@cometmq/sdk', 'sdk'],
]);
const lines = (count: number) => Array.from({ length: count }, () => 'f();').join('\n');

describe('each rule finds what it forbids', () => {
  it('long files and functions', () => {
    expect(fileLength(sourceFile('packages/sdk/src/a.ts', lines(MAX_FILE_LINES)))).toEqual([]);
    expect(fileLength(sourceFile('packages/sdk/src/a.ts', lines(MAX_FILE_LINES + 1)))).toHaveLength(1);
    const long = `const f = () => {\n${lines(MAX_FUNCTION_LINES)}\n};`;
    expect(functionLength(sourceFile('packages/sdk/src/a.ts', long))).toMatchObject([{ line: 1 }]);
    expect(functionLength(sourceFile('packages/sdk/test/a.spec.ts', long))).toEqual([]);
  });

  it('vague and odd names', () => {
    expect(fileNames(sourceFile('packages/sdk/src/string-utils.ts', ''))).toHaveLength(1);
    expect(fileNames(sourceFile('packages/sdk/src/types.ts', ''))).toHaveLength(1);
    expect(fileNames(sourceFile('packages/sdk/src/MyClass.ts', ''))).toHaveLength(1);
    expect(fileNames(sourceFile('packages/sdk/src/commit-log.ts', ''))).toEqual([]);
  });

  it('calls past the ports, with the replacement', () => {
    const text = 'import fs from "node:fs";\nDate.now();\nsetTimeout(f);\nnew Date();\nMath.random();\nprocess.env.X;';
    const found = bannedCalls(sourceFile('packages/broker/src/a.ts', text));
    expect(found.map(({ line }) => line).toSorted((a, b) => a - b)).toEqual([1, 2, 3, 4, 5, 6]);
    expect(found.find(({ line }) => line === 2)?.message).toContain('clock.now()');
    expect(bannedCalls(sourceFile('packages/runtime/src/node/a.ts', text))).toEqual([]);
    expect(bannedCalls(sourceFile('packages/broker/src/a.ts', 'new Date(5); clock.now();'))).toEqual([]);
  });

  it('any, suppressed errors, enums, console', () => {
    const text = 'let a: any;\n// @ts-ignore\nenum E { A }\nconsole.log(1);';
    expect(looseTypes(sourceFile('packages/sdk/src/a.ts', text))).toHaveLength(4);
    expect(looseTypes(sourceFile('packages/cli/src/a.ts', 'console.log(1)'))).toEqual([]);
  });

  it('skipped and retried tests', () => {
    const text =
      "it.skip('x', f);\ndescribe.only('y', f);\nit('z', { retry: 3 }, f);\nit.each([])('z', { retry: 3 }, f);";
    expect(softTests(sourceFile('packages/sdk/test/a.spec.ts', text))).toHaveLength(4);
    const answer = "it('counts', () => expect(attempts).toEqual({ retry: 3 }));";
    expect(softTests(sourceFile('packages/sdk/test/a.spec.ts', answer))).toEqual([]);
  });

  it('imports to the right, unknown packages, foreign folders', () => {
    const right = sourceFile('packages/runtime/src/a.ts', 'import type { X } from "@cometmq/sdk";');
    expect(packageLine(right, siblings)).toHaveLength(1);
    expect(
      packageLine(sourceFile('packages/sdk/src/a.ts', 'import { X } from "@cometmq/runtime/node";'), siblings),
    ).toEqual([]);
    expect(packageLine(sourceFile('packages/sdk/src/a.ts', 'import x from "left-pad";'), siblings)).toHaveLength(1);
    expect(
      folderLine(sourceFile('packages/store/src/segment/a.ts', 'import type { B } from "../commit-log/b.js";')),
    ).toHaveLength(1);
    expect(
      folderLine(sourceFile('packages/store/src/read/a.ts', 'export type { B } from "../commit-log/b.js";')),
    ).toEqual([]);
    expect(
      folderLine(sourceFile('packages/broker/src/topics/a.ts', 'import { B } from "../processors/send/b.js";')),
    ).toHaveLength(1);
  });

  it('open doors and circles, types counted', () => {
    expect(
      doors(sourceFile('packages/sdk/src/a.ts', 'export * from "./b.js";\nimport { x } from "./index.js";')),
    ).toHaveLength(2);
    const a = sourceFile('packages/sdk/src/a.ts', 'import type { B } from "./b.js";');
    const b = sourceFile('packages/sdk/src/b.ts', 'export const f = (x: import("./a.js").A) => x;');
    expect(importCircles([a, b])).toHaveLength(1);
    expect(importCircles([a, sourceFile('packages/sdk/src/b.ts', '')])).toEqual([]);
    const platform = sourceFile('packages/sdk/src/browser/platform-ports.ts', 'import type { C } from "../c.js";');
    const c = sourceFile('packages/sdk/src/c.ts', 'import { platformPorts } from "#platform-ports";');
    expect(importCircles([c, platform])).toHaveLength(1);
  });
});
