import { describe, expectTypeOf, it } from 'vitest';
import {
  type BodyCodec,
  boundary,
  defineRequest,
  getConsumerListByGroup,
  heartBeat,
  type HeartbeatData,
  int32,
  int64,
  optional,
  type RequestBody,
  type RequestDefinition,
  type RequestHeader,
  type ResponseHeader,
  sendMessage,
  sendMessageV2,
  text,
  withDefault,
} from '../../src/index.js';

describe('types of definitions', () => {
  it('infers required, optional and defaulted fields', () => {
    const definition = defineRequest({
      code: 1,
      name: 'X',
      request: { a: text(), b: optional(int32('bee')), c: withDefault(int64(), 0), d: optional(boundary()) },
    });
    expectTypeOf<RequestHeader<typeof definition>['a']>().toEqualTypeOf<string>();
    expectTypeOf<RequestHeader<typeof definition>['b']>().toEqualTypeOf<number | undefined>();
    expectTypeOf<RequestHeader<typeof definition>['c']>().toEqualTypeOf<number>();
    expectTypeOf<RequestHeader<typeof definition>['d']>().toEqualTypeOf<'LOWER' | 'UPPER' | undefined>();
    expectTypeOf<{ a: string; c: number }>().toExtend<RequestHeader<typeof definition>>();
    expectTypeOf<{ a: string }>().not.toExtend<RequestHeader<typeof definition>>();
  });

  it('gives both headers of a send their types', () => {
    expectTypeOf<RequestHeader<typeof sendMessageV2>['queueId']>().toEqualTypeOf<number>();
    expectTypeOf<RequestHeader<typeof sendMessageV2>['properties']>().toEqualTypeOf<string | undefined>();
    expectTypeOf<RequestHeader<typeof sendMessageV2>['batch']>().toEqualTypeOf<boolean | undefined>();
    expectTypeOf<ResponseHeader<typeof sendMessageV2>['queueOffset']>().toEqualTypeOf<number>();
    // one processor can serve both forms
    expectTypeOf<RequestHeader<typeof sendMessageV2>>().toExtend<RequestHeader<typeof sendMessage>>();
    expectTypeOf<RequestHeader<typeof sendMessage>>().toExtend<RequestHeader<typeof sendMessageV2>>();
  });

  it('gives bodies their types', () => {
    expectTypeOf<RequestBody<typeof heartBeat>>().toExtend<HeartbeatData>();
    expectTypeOf(getConsumerListByGroup.responseBody).not.toEqualTypeOf<BodyCodec<never> | undefined>();
  });

  it('lets every definition stand in a table', () => {
    expectTypeOf(sendMessageV2).toExtend<RequestDefinition>();
    expectTypeOf(heartBeat).toExtend<RequestDefinition>();
    const call = <D extends RequestDefinition>(
      _definition: D,
      _header: RequestHeader<D>,
    ): ResponseHeader<D> | undefined => undefined;
    const answer = call(getConsumerListByGroup, { consumerGroup: 'CG' });
    expectTypeOf(answer).not.toBeAny();
    // @ts-expect-error a required field is missing
    call(getConsumerListByGroup, {});
    // @ts-expect-error not a field of this header
    call(getConsumerListByGroup, { consumerGroup: 'CG', consumerGruop: 'CG' });
    // @ts-expect-error of another type
    call(sendMessage, { ...({} as RequestHeader<typeof sendMessage>), queueId: '1' });
  });
});
