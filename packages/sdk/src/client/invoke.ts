import type { RequestDefinition, RequestHeader } from '@cometmq/protocol';
import type { Answer, RequestOptions } from '@cometmq/remoting';

/** Sends a request to one address and waits for its answer. */
export type Invoke = <D extends RequestDefinition>(
  address: string,
  definition: D,
  header: RequestHeader<D>,
  options?: RequestOptions,
) => Promise<Answer<D>>;
