import { isTest, type SourceFile, type Violation } from './source-file.js';
import { walk } from './syntax-walk.js';

export const MAX_FILE_LINES = 400;
export const MAX_FUNCTION_LINES = 70;

/** Tables, schemas and grammars may be as long as what they list. */
const TABLES = [
  /\/src\/index\.ts$/,
  /^packages\/protocol\/src\/(requests|bodies)\//,
  /-options\.ts$/,
  /\/response-codes\.ts$/,
];

export function fileLength(file: SourceFile): Violation[] {
  const count = file.lines.length - (file.text.endsWith('\n') ? 1 : 0);
  if (count <= MAX_FILE_LINES || TABLES.some((table) => table.test(file.path))) return [];
  return [
    {
      file: file.path,
      line: MAX_FILE_LINES + 1,
      message: `has ${count} lines (at most ${MAX_FILE_LINES}): give each concept a file of its own`,
    },
  ];
}

/** Blocks of `describe` group tests and are not functions in the sense of this rule. */
export function functionLength(file: SourceFile): Violation[] {
  if (isTest(file.path)) return [];
  const found: Violation[] = [];
  walk(file.parsed.program, (node) => {
    if (
      node.type !== 'FunctionDeclaration' &&
      node.type !== 'FunctionExpression' &&
      node.type !== 'ArrowFunctionExpression'
    )
      return;
    const first = file.lineAt(node.start);
    const count = file.lineAt(node.end) - first + 1;
    if (count > MAX_FUNCTION_LINES) {
      found.push({
        file: file.path,
        line: first,
        message: `function of ${count} lines (at most ${MAX_FUNCTION_LINES}): name its steps`,
      });
    }
  });
  return found;
}
