/** What a recall handle says (broker-semantics 10.1). */
export interface RecallHandle {
  readonly topic: string;
  readonly brokerName: string;
  readonly deliverAt: number;
  readonly msgId: string;
}

/** Reads base64url of `v1 topic brokerName timestamp uniqKey`; undefined when it is none. */
export function parseRecallHandle(handle: string): RecallHandle | undefined {
  let text: string;
  try {
    text = atob(handle.replaceAll('-', '+').replaceAll('_', '/'));
  } catch {
    return undefined;
  }
  const [version, topic, brokerName, deliverAt, msgId, ...rest] = text.split(' ');
  if (version !== 'v1' || topic === undefined || !brokerName || deliverAt === undefined || !msgId || rest.length > 0)
    return undefined;
  const at = Number(deliverAt);
  return Number.isSafeInteger(at) ? { topic, brokerName, deliverAt: at, msgId } : undefined;
}
