import { bodySlices, type FrameBody } from '@cometmq/protocol';
import type { RequestSigner } from '@cometmq/remoting';
import type { Codecs } from '@cometmq/runtime';
import type { Credentials } from './options.js';

const ALPHABET = 'ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789+/';

/** Standard Base64 with padding; without `Buffer`, which a browser does not have. */
function base64(bytes: Uint8Array): string {
  let text = '';
  for (let at = 0; at < bytes.length; at += 3) {
    const group = (bytes[at]! << 16) | ((bytes[at + 1] ?? 0) << 8) | (bytes[at + 2] ?? 0);
    text += ALPHABET[group >> 18]! + ALPHABET[(group >> 12) & 63]!;
    text += at + 1 < bytes.length ? ALPHABET[(group >> 6) & 63]! : '=';
    text += at + 2 < bytes.length ? ALPHABET[group & 63]! : '=';
  }
  return text;
}

/** What is signed (remoting-protocol 12): the values of all extFields by key in UTF-16 order, then the body. */
function signedContent(fields: Readonly<Record<string, string>>, body: FrameBody | undefined): Uint8Array {
  let text = '';
  for (const key of Object.keys(fields).sort()) if (key !== 'Signature') text += fields[key]!;
  const head = new TextEncoder().encode(text);
  const slices = bodySlices(body);
  const content = new Uint8Array(slices.reduce((length, slice) => length + slice.length, head.length));
  content.set(head);
  let at = head.length;
  for (const slice of slices) {
    content.set(slice, at);
    at += slice.length;
  }
  return content;
}

/** Signs every request as Apache's ACL 1.0 and 2.0 want it: AccessKey, SecurityToken when there is one, Signature. */
export function requestSigner(credentials: Credentials, codecs: Pick<Codecs, 'hmacSha1'>): RequestSigner {
  const key = new TextEncoder().encode(credentials.secretKey);
  return (fields, body) => {
    fields['AccessKey'] = credentials.accessKey;
    if (credentials.securityToken !== undefined) fields['SecurityToken'] = credentials.securityToken;
    fields['Signature'] = base64(codecs.hmacSha1(key, signedContent(fields, body)));
  };
}
