import { describe, expect, it } from 'vitest';
import { withNamespace, withoutNamespace } from '../../src/message/namespace.js';

describe('namespaces', () => {
  it.each([
    ['orders', 'prod%orders'],
    ['%RETRY%g', '%RETRY%prod%g'],
    ['%DLQ%g', '%DLQ%prod%g'],
    ['TBW102', 'TBW102'],
    ['rmq_sys_x', 'rmq_sys_x'],
    ['prod%orders', 'prod%orders'],
  ])('wraps %s as %s and unwraps it', (name, wrapped) => {
    expect(withNamespace('prod', name)).toBe(wrapped);
    expect(withoutNamespace('prod', wrapped)).toBe(name.replace('prod%', ''));
  });

  it('does nothing without one', () => {
    for (const none of [undefined, '']) {
      expect(withNamespace(none, 'a%b')).toBe('a%b');
      expect(withoutNamespace(none, 'a%b')).toBe('a%b');
    }
  });
});
