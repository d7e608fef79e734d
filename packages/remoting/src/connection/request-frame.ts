import type { RequestDefinition, RequestFrame } from '@cometmq/protocol';
import type { CallRequest } from './call.js';
import type { RequestSigner } from './connection-options.js';

/** The frame of a request; with a signer its header stands among the extFields, which are signed. */
export function requestFrame(
  definition: RequestDefinition,
  opaque: number,
  { header, extFields, body }: Pick<CallRequest, 'header' | 'extFields' | 'body'>,
  signer: RequestSigner | undefined,
  oneway = false,
): RequestFrame<RequestDefinition> {
  if (signer === undefined) return { opaque, oneway, header, extFields, body };
  const fields = { ...definition.request.encode(header), ...extFields };
  signer(fields, body, definition.code);
  return { opaque, oneway, extFields: fields, body };
}
