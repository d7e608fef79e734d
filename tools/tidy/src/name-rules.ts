import type { SourceFile, Violation } from './source-file.js';

const VAGUE = /(^|[/-])(utils?|helpers?|common|misc|manager|types)\.(ts|tsx|mjs|js)$/;
const KEBAB = /^[a-z0-9]+(-[a-z0-9]+)*(\.[a-z0-9-]+)*\.(ts|tsx|mts|mjs|js)$/;

export function fileNames(file: SourceFile): Violation[] {
  const name = file.path.slice(file.path.lastIndexOf('/') + 1);
  if (VAGUE.test(file.path))
    return [{ file: file.path, line: 1, message: 'a name that says nothing: call it after the concept it holds' }];
  if (!KEBAB.test(name))
    return [{ file: file.path, line: 1, message: 'file names are kebab-case, after the main export' }];
  return [];
}
