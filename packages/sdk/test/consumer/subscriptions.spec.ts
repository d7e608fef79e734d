import { describe, expect, it } from 'vitest';
import { expressionOf, Subscriptions } from '../../src/consumer/subscriptions.js';

const tagged = (tags?: string) => (tags === undefined ? {} : { tags });

describe('Subscriptions', () => {
  it('ask the broker for the union of what handlers want', () => {
    const subscriptions = new Subscriptions<string>();
    subscriptions.add('t', 'b || a', 'one', 10);
    expect(subscriptions.data()).toMatchObject([
      { topic: 't', subString: 'b || a', tagsSet: ['b', 'a'], subVersion: 10 },
    ]);
    subscriptions.add('t', { tags: ['c'] }, 'two', 10);
    expect(subscriptions.data()).toMatchObject([{ subString: 'b || a || c', codeSet: [98, 97, 99], subVersion: 11 }]);
    subscriptions.add('t', undefined, 'rest', 12);
    expect(subscriptions.expression('t')).toEqual(expressionOf('*'));
    expect(['a', 'c', 'z', undefined].map((tag) => subscriptions.handlerFor('t', tagged(tag)))).toEqual([
      'one',
      'two',
      'rest',
      'rest',
    ]);
    subscriptions.remove('t', 'rest', 13);
    subscriptions.remove('t', 'one', 13);
    expect(subscriptions.data()).toMatchObject([{ subString: 'c', subVersion: 14 }]);
    expect(['a', 'c', undefined].map((tag) => subscriptions.handlerFor('t', tagged(tag)))).toEqual([
      undefined,
      'two',
      undefined,
    ]);
    subscriptions.remove('t', 'two', 15);
    expect(subscriptions.topics).toEqual([]);
  });

  it('give every message to a handler of an SQL filter: the broker has filtered', () => {
    const subscriptions = new Subscriptions<string>();
    subscriptions.add('t', { sql: 'a IS NOT NULL' }, 'sql', 1);
    expect(subscriptions.handlerFor('t', { tags: 'x' })).toBe('sql');
    expect(subscriptions.data()).toMatchObject([
      { expressionType: 'SQL92', subString: 'a IS NOT NULL', tagsSet: [], codeSet: [] },
    ]);
  });

  it('let pulls name no version before the brokers have heard of it', () => {
    const subscriptions = new Subscriptions<string>();
    subscriptions.add('t', undefined, 'one', 10);
    expect(subscriptions.version('t')).toBe(0);
    const heard = subscriptions.announcing();
    subscriptions.touch(20);
    heard();
    expect(subscriptions.version('t')).toBe(10);
    expect(subscriptions.data()[0]!.subVersion).toBe(20);
    subscriptions.announcing()();
    expect(subscriptions.version('t')).toBe(20);
    subscriptions.touch(5);
    expect(subscriptions.data()[0]!.subVersion).toBe(21);
  });
});
