import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { AttributeError, changeAttributes, parseAttributes } from '../../src/topics/topic-attributes.js';

const change = (current: Record<string, string> | undefined, text: string) =>
  Object.fromEntries(
    changeAttributes(current === undefined ? undefined : new Map(Object.entries(current)), parseAttributes(text)),
  );

describe('attributes of topics', () => {
  it('are added at the creation', () => {
    expect(change(undefined, '+message.type=FIFO,+queue.type=BatchCQ')).toEqual({
      'message.type': 'FIFO',
      'queue.type': 'BatchCQ',
    });
    expect(change(undefined, '')).toEqual({});
  });

  it('are merged into what is there', () => {
    expect(change({ 'message.type': 'FIFO', 'reserve.time': '5' }, '+message.type=DELAY,-reserve.time')).toEqual({
      'message.type': 'DELAY',
    });
  });

  it.each([
    [undefined, '+no.such=x', 'unsupported key: no.such'],
    [undefined, '-message.type', 'only add attribute is supported'],
    [undefined, '+message.type=LOUD', 'value is not valid'],
    [undefined, 'message.type=FIFO', 'format is wrong'],
    [undefined, '+message.type', 'format is wrong'],
    [undefined, '+a=b=c', 'format is wrong'],
    [undefined, '+message.type=FIFO,+message.type=DELAY', 'key duplication'],
    [undefined, '+reserve.time=soon', 'value is not valid'],
    [{}, '+queue.type=BatchCQ', 'unchangeable'],
    [{}, '-message.type', 'nonexistent'],
    [undefined, '+__proto__=x', 'unsupported key'],
  ])('refuse %j %s', (current, text, message) => {
    expect(() => change(current, text)).toThrow(AttributeError);
    expect(() => change(current, text)).toThrow(message);
  });

  it('are refused with words, whatever comes', () => {
    const clear = (text: string): boolean => {
      try {
        change({}, text);
        return true;
      } catch (error) {
        return error instanceof AttributeError;
      }
    };
    expect(() => fc.assert(fc.property(fc.string(), clear))).not.toThrow();
  });
});
