/** A body that is written straight into its frame. */
export interface BodyWriter {
  /** In bytes. */
  readonly length: number;
  /** Writes exactly `length` bytes, for which there is room. Called once per frame: a request that is tried again has several. */
  writeTo(into: Uint8Array, at: number): void;
}

/** One body, slices that are written one behind the other, or one that writes itself. */
export type FrameBody = Uint8Array | readonly Uint8Array[] | BodyWriter;

export function bodyLength(body: FrameBody | undefined): number {
  if (body === undefined) return 0;
  if (body instanceof Uint8Array || 'writeTo' in body) return body.length;
  let length = 0;
  for (const slice of body) length += slice.length;
  return length;
}

/** The bytes of a body in order, for those who want to look at them. */
export function bodySlices(body: FrameBody | undefined): readonly Uint8Array[] {
  if (body === undefined) return [];
  if (body instanceof Uint8Array) return [body];
  if (!('writeTo' in body)) return body;
  const bytes = new Uint8Array(body.length);
  body.writeTo(bytes, 0);
  return [bytes];
}
