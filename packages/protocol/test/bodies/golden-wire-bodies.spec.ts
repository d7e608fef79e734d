import { describe, expect, it } from 'vitest';
import { describeFrame, goldenBytes, goldenFrames } from '../golden-wire.js';
import type { JsonBody } from '../../src/bodies/body-shape.js';
import { parseJson } from '../../src/bodies/fastjson.js';
import { type JsonValue, KeyedEntries, isJsonArray, isJsonObject } from '../../src/bodies/json-value.js';
import { checkRecord } from '../../src/message/record-check.js';
import { records } from '../../src/message/record-codec.js';
import { allRequests } from '../../src/requests/all-requests.js';

const CURRENT = 479;
const SUCCESS = 0;
/** Answers that are stored records one after the other. */
const PULLS = new Set([11, 12, 33, 361, 200_050, 200_052]);

const definitions = new Map(allRequests.map((definition) => [definition.code, definition]));

interface Captured {
  readonly title: string;
  readonly version: number;
  readonly body: JsonBody<unknown>;
  readonly text: string;
}

function captured(): Captured[] {
  const found: Captured[] = [];
  for (const frame of goldenFrames) {
    if (frame.bodyBytes === 0 || (frame.kind === 'response' && frame.responseCode !== SUCCESS)) continue;
    const definition = definitions.get(frame.requestCode ?? frame.code);
    const body = frame.kind === 'response' ? definition?.responseBody : definition?.requestBody;
    const bytes = goldenBytes(frame);
    const text = new TextDecoder().decode(bytes.subarray(bytes.length - frame.bodyBytes));
    if (body === undefined || !/^[{[]/.test(text)) continue;
    found.push({ title: describeFrame(frame), version: frame.version, body: body as JsonBody<unknown>, text });
  }
  return found;
}

/** For comparing: maps by the text of their keys, nulls left out, references resolved already. */
function comparable(value: JsonValue): unknown {
  if (isJsonArray(value)) return value.map(comparable);
  if (value instanceof KeyedEntries) {
    return Object.fromEntries(value.entries.map(([key, one]) => [JSON.stringify(comparable(key)), comparable(one)]));
  }
  if (!isJsonObject(value)) return value;
  const entries = Object.entries(value).filter(([, one]) => one !== null);
  return Object.fromEntries(
    entries.toSorted(([a], [b]) => (a < b ? -1 : 1)).map(([key, one]) => [key, comparable(one)]),
  );
}

describe('bodies on the wire', () => {
  const all = captured();

  it('are there', () => {
    expect(all.length).toBeGreaterThan(150);
  });

  for (const [index, { title, version, body, text }] of all.entries()) {
    it(`${index} ${title}`, () => {
      const value = body.parse(text);
      const again = body.format(value, 'fastjson');
      expect(body.parse(again)).toEqual(value);
      // 4.9 lacks fields; the form for C++ is read, but never written by this codec.
      if (version !== CURRENT || text.startsWith('{"offsetTable":[')) return;
      // Long.MAX_VALUE is the nearest safe integer here.
      const original = text.replaceAll('9223372036854775807', '9007199254740991');
      expect(comparable(parseJson(again))).toEqual(comparable(parseJson(original)));
    });
  }
});

describe('pulled messages on the wire', () => {
  const pulls = goldenFrames.filter(
    (frame) =>
      frame.kind === 'response' &&
      frame.responseCode === SUCCESS &&
      frame.bodyBytes > 0 &&
      PULLS.has(frame.requestCode ?? frame.code),
  );

  it.each(pulls.map((frame) => ({ title: describeFrame(frame), frame })))('$title', ({ frame }) => {
    const bytes = goldenBytes(frame);
    const body = bytes.subarray(bytes.length - frame.bodyBytes);
    let read = 0;
    for (const record of records(body)) {
      expect(checkRecord(body, read, { crc32: () => 0, checkCrc: false })).toBe('ok');
      read += record.size;
    }
    expect(read).toBe(body.length);
  });
});
