import { heartBeat, type RequestDefinition } from '@cometmq/protocol';
import { describe, expect, it, vi } from 'vitest';
import { answerOf } from '../../src/server/answer-of.js';
import { type IncomingRequest, LATER, processor } from '../../src/server/processor.js';

const request = { park: vi.fn<() => void>() } as unknown as IncomingRequest<RequestDefinition>;
const reply = { code: 7 };

describe('the answer of a processor that another stands around', () => {
  it('comes as it is given: at once, by a promise, or later', async () => {
    expect(
      answerOf(
        processor(heartBeat, () => reply),
        request,
      ),
    ).toBe(reply);
    expect(
      await answerOf(
        processor(heartBeat, async () => reply),
        request,
      ),
    ).toBe(reply);
    let give: (code: number) => void = () => {};
    const late = processor(heartBeat, (asked) => {
      give = asked.later((code: number) => ({ code }));
      asked.park();
      return LATER;
    });
    const answer = answerOf(late, request);
    give(9);
    expect(await answer).toEqual({ code: 9 });
    expect(request.park).toHaveBeenCalledOnce();
  });

  it('fails when what is given later cannot be made', async () => {
    const broken = processor(heartBeat, (asked) => {
      asked.later(() => {
        throw new Error('no answer');
      })(undefined);
      return LATER;
    });
    await expect(answerOf(broken, request)).rejects.toThrow('no answer');
  });
});
