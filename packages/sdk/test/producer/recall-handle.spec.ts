import * as fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { parseRecallHandle } from '../../src/producer/recall-handle.js';
import { goldenJson } from '../../../../tools/golden-reader/golden-files.js';

describe('recall handles', () => {
  it('are read as Apache writes them', () => {
    const { recallHandle } = goldenJson<{
      recallHandle: { topic: string; brokerName: string; timestamp: string; messageId: string; handle: string };
    }>('records/misc.json');
    expect(parseRecallHandle(recallHandle.handle)).toEqual({
      topic: recallHandle.topic,
      brokerName: recallHandle.brokerName,
      deliverAt: Number(recallHandle.timestamp),
      msgId: recallHandle.messageId,
    });
  });

  it('never throw on what is none', () => {
    fc.assert(
      fc.property(fc.oneof(fc.string(), fc.base64String()), (handle) => {
        expect(() => parseRecallHandle(handle)).not.toThrow();
      }),
    );
    expect(parseRecallHandle(btoa('v2 t b 1 k'))).toBeUndefined();
    expect(parseRecallHandle(btoa('v1 t b x k'))).toBeUndefined();
  });
});
