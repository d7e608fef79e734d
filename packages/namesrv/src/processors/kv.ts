import {
  deleteKvConfig,
  getKvConfig,
  getKvlistByNamespace,
  kvTable,
  putKvConfig,
  ResponseCode,
} from '@cometmq/protocol';
import { type Processor, processor } from '@cometmq/remoting';
import type { NamesrvContext } from './context.js';

/** The key-value store. Changes are answered when they are on the disk. */
export function kvProcessors({ kv }: NamesrvContext): Processor[] {
  return [
    processor(putKvConfig, async ({ header }) => {
      await kv.put(header.namespace, header.key, header.value);
      return { code: ResponseCode.SUCCESS };
    }),
    processor(getKvConfig, ({ header: { namespace, key } }) => {
      const value = kv.get(namespace, key);
      if (value !== undefined) return { code: ResponseCode.SUCCESS, header: { value } };
      return { code: ResponseCode.QUERY_NOT_FOUND, remark: `No config item, Namespace: ${namespace} Key: ${key}` };
    }),
    processor(deleteKvConfig, async ({ header }) => {
      await kv.delete(header.namespace, header.key);
      return { code: ResponseCode.SUCCESS };
    }),
    processor(getKvlistByNamespace, ({ header: { namespace } }) => {
      const table = kv.list(namespace);
      if (table !== undefined) return { code: ResponseCode.SUCCESS, body: kvTable.encode({ table }) };
      return { code: ResponseCode.QUERY_NOT_FOUND, remark: `No config item, Namespace: ${namespace}` };
    }),
  ];
}
