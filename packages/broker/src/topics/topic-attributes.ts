/** A change of attributes that the rules do not allow. */
export class AttributeError extends Error {
  override readonly name = 'AttributeError';
}

interface AttributeRule {
  readonly changeable: boolean;
  readonly accepts: (value: string) => boolean;
}

const oneOf =
  (...values: readonly string[]) =>
  (value: string) =>
    values.includes(value);

/** What a topic can carry (remoting-protocol, 10.3). */
const TOPIC_ATTRIBUTES: ReadonlyMap<string, AttributeRule> = new Map<string, AttributeRule>([
  ['queue.type', { changeable: false, accepts: oneOf('SimpleCQ', 'BatchCQ') }],
  ['cleanup.policy', { changeable: false, accepts: oneOf('DELETE', 'COMPACTION') }],
  [
    'message.type',
    { changeable: true, accepts: oneOf('UNSPECIFIED', 'NORMAL', 'FIFO', 'DELAY', 'TRANSACTION', 'MIXED') },
  ],
  ['reserve.time', { changeable: true, accepts: (value) => /^-?\d{1,15}$/.test(value) }],
]);

/** Reads `+key=value,-key`; keys keep their sign. Throws AttributeError on anything else. */
export function parseAttributes(text: string | undefined): Map<string, string> {
  const changes = new Map<string, string>();
  if (text === undefined || text === '') return changes;
  for (const part of text.split(',')) {
    const [key = '', value, ...rest] = part.split('=');
    const adds = value !== undefined;
    if (rest.length > 0 || (adds && !key.startsWith('+')) || (!adds && !key.startsWith('-'))) {
      throw new AttributeError(`${adds ? 'add/alter' : 'delete'} attribute format is wrong: ${part}`);
    }
    if (changes.has(key)) throw new AttributeError(`key duplication: ${key}`);
    changes.set(key, value ?? '');
  }
  return changes;
}

/** The attributes after the change. `current` undefined: the topic is being created, so only `+` is allowed. */
export function changeAttributes(
  current: ReadonlyMap<string, string> | undefined,
  changes: ReadonlyMap<string, string>,
): ReadonlyMap<string, string> {
  const after = new Map(current);
  for (const [signed, value] of changes) {
    const key = signed.slice(1);
    const rule = TOPIC_ATTRIBUTES.get(key);
    const adds = signed.startsWith('+');
    if (current === undefined && !adds)
      throw new AttributeError(`only add attribute is supported while creating topic. key: ${key}`);
    if (rule === undefined) throw new AttributeError(`unsupported key: ${key}`);
    if (adds && !rule.accepts(value)) throw new AttributeError(`value is not valid, key: ${key}, value: ${value}`);
    if (current !== undefined && !rule.changeable)
      throw new AttributeError(`attempt to update an unchangeable attribute. key: ${key}`);
    if (!adds && !after.has(key)) throw new AttributeError(`attempt to delete a nonexistent key: ${key}`);
    if (adds) after.set(key, value);
    else after.delete(key);
  }
  return after;
}
