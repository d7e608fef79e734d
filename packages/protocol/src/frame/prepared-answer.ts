import { encodeUtf8, readUtf8 } from '@cometmq/runtime';
import { encodeOffsetMessageId } from '../message/message-id.js';
import type { HostBytes } from '../message/stored-record.js';
import { DECIMAL_BYTES, JSON_BYTES_PER_UNIT, writeDecimal, writeJsonText, writePiece } from '../schema/json-bytes.js';
import { CURRENT_LANGUAGE, CURRENT_VERSION } from '../versions.js';
import { RESPONSE_FLAG } from './remoting-command.js';

/** A JSON header that writes itself, the same as the frame's code, header and extFields would be written. */
export interface JsonHeader {
  /** Most bytes that `writeJson` writes. */
  readonly jsonBound: number;
  /** Writes the header of an answer to the request `opaque`; returns its end. */
  writeJson(into: Uint8Array, at: number, opaque: number): number;
}

/** What differs from one answer to the next. */
export interface SendAnswer {
  /** Where the message stands in the log: the end of its id. */
  readonly physicalOffset: number;
  readonly queueId: number;
  readonly queueOffset: number;
  readonly transactionId: string;
}

const OFFSET_DIGITS = 16;
const QUEUE_ID = encodeUtf8('","queueId":"');
const QUEUE_OFFSET = encodeUtf8('","queueOffset":"');
const TRANSACTION_ID = encodeUtf8('","transactionId":"');
const BEFORE_OPAQUE = encodeUtf8('"},"opaque":');
const CLOSE = 0x7d;
const DIGITS = encodeUtf8('0123456789ABCDEF');

/**
 * Answers to sends that were stored (SEND_MESSAGE, code 0): nearly all bytes of their headers are the same. What stays
 * stands in front, so that it is copied at once and a client can know it again:
 *
 *   {"code":0,"flag":1,…,"extFields":{ constant fields ,"msgId":" host | offset ","queueId":" n ",… },"opaque": n }
 */
export class PreparedSendAnswers {
  readonly #start: Uint8Array;

  /** `fields`: extFields beside the header, the same in every answer. */
  constructor(storeHost: HostBytes, fields: Readonly<Record<string, string>>) {
    const members = Object.entries(fields).map(([key, value]) => `${quoted(key)}:${quoted(value)},`);
    const host = encodeOffsetMessageId(storeHost, 0).slice(0, -OFFSET_DIGITS);
    this.#start = encodeUtf8(
      `{"code":0,"flag":${RESPONSE_FLAG},"language":${quoted(CURRENT_LANGUAGE)},"serializeTypeCurrentRPC":"JSON",` +
        `"version":${CURRENT_VERSION},"extFields":{${members.join('')}"msgId":"${host}`,
    );
  }

  bound({ transactionId }: SendAnswer): number {
    const pieces = QUEUE_ID.length + QUEUE_OFFSET.length + TRANSACTION_ID.length + BEFORE_OPAQUE.length + 1;
    const values = OFFSET_DIGITS + 3 * DECIMAL_BYTES + JSON_BYTES_PER_UNIT * transactionId.length;
    return this.#start.length + pieces + values;
  }

  /** Writes the header where there is room for it; returns its end. */
  write(into: Uint8Array, at: number, opaque: number, answer: SendAnswer): number {
    into.set(this.#start, at);
    let end = writeHex(into, at + this.#start.length, answer.physicalOffset);
    end = writeDecimal(into, writePiece(into, end, QUEUE_ID), answer.queueId);
    end = writeDecimal(into, writePiece(into, end, QUEUE_OFFSET), answer.queueOffset);
    end = writeJsonText(into, writePiece(into, end, TRANSACTION_ID), answer.transactionId);
    end = writeDecimal(into, writePiece(into, end, BEFORE_OPAQUE), opaque);
    into[end] = CLOSE;
    return end + 1;
  }
}

/** 16 hex digits of a safe integer that is not negative. */
function writeHex(into: Uint8Array, at: number, value: number): number {
  let high = Math.floor(value / 0x1_0000_0000);
  let low = value | 0;
  for (let place = 7; place >= 0; place--) {
    into[at + place] = DIGITS[high & 15]!;
    into[at + 8 + place] = DIGITS[low & 15]!;
    high >>>= 4;
    low >>>= 4;
  }
  return at + OFFSET_DIGITS;
}

/** A JSON string as our other writers have it. */
function quoted(text: string): string {
  const bytes = new Uint8Array(text.length * JSON_BYTES_PER_UNIT);
  return `"${readUtf8(bytes, 0, writeJsonText(bytes, 0, text))}"`;
}
