import { describe, expect, it } from 'vitest';
import { assert, assertDefined, assertNever, ProgrammerError } from '../src/assert.js';

describe('assertions', () => {
  it('let what is right pass and throw ProgrammerError otherwise', () => {
    assert(true, 'fine');
    expect(assertDefined(0, 'number')).toBe(0);
    expect(() => assert(false, 'the offset never goes back')).toThrow(ProgrammerError);
    expect(() => assert(false, 'the offset never goes back')).toThrow('the offset never goes back');
    expect(() => assertDefined(undefined, 'the queue')).toThrow('the queue is missing');
    expect(() => assertNever('odd' as never)).toThrow('"odd"');
  });
});
