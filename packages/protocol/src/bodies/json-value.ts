/** An object one of whose keys is no string (remoting-protocol, section 11.3). */
export class KeyedEntries {
  constructor(readonly entries: readonly (readonly [JsonValue, JsonValue])[]) {}
}

/** Parsed text. Whole numbers beyond the safe integers stay as their digits: strings. */
export type JsonValue = null | boolean | number | string | readonly JsonValue[] | JsonObject | KeyedEntries;

export interface JsonObject {
  readonly [name: string]: JsonValue;
}

export function isJsonObject(value: JsonValue | undefined): value is JsonObject {
  return typeof value === 'object' && value !== null && !Array.isArray(value) && !(value instanceof KeyedEntries);
}

export function isJsonArray(value: JsonValue | undefined): value is readonly JsonValue[] {
  return Array.isArray(value);
}
