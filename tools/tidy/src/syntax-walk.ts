/** A node of the syntax tree, as far as the rules look at it. */
export interface SyntaxNode {
  readonly type: string;
  readonly start: number;
  readonly end: number;
  readonly [key: string]: unknown;
}

const isNode = (value: unknown): value is SyntaxNode =>
  typeof value === 'object' && value !== null && typeof (value as { type?: unknown }).type === 'string';

/** Calls `visit` for every node below `root`, parents first. */
export function walk(root: unknown, visit: (node: SyntaxNode, parent: SyntaxNode | undefined) => void): void {
  const pending: { readonly node: SyntaxNode; readonly parent: SyntaxNode | undefined }[] = [];
  if (isNode(root)) pending.push({ node: root, parent: undefined });
  for (let next = pending.pop(); next !== undefined; next = pending.pop()) {
    visit(next.node, next.parent);
    for (const value of Object.values(next.node)) {
      for (const child of Array.isArray(value) ? value : [value]) {
        if (isNode(child)) pending.push({ node: child, parent: next.node });
      }
    }
  }
}
