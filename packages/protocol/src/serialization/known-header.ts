import { JsonMembers } from '../schema/json-members.js';

/** Longer headers are not remembered. */
const MAX_BYTES = 2048;
/** So many headers pass before one is remembered again that may begin as the last one did not. */
const PAUSE = 64;

let lastId = 0;

/**
 * A header that came before, and what was found in it. Headers of one kind begin with the same members and end alike but
 * for the id: what has been looked at once need not be looked at again, only compared.
 */
export class KnownHeader {
  readonly members = new JsonMembers();
  code = 0;
  flag = 0;
  language = '';
  version = 0;
  remark: string | undefined = undefined;
  /** It has less and less in common with what comes: the next header shall take its place. */
  outdated = true;
  readonly #view = new DataView(new ArrayBuffer(MAX_BYTES));
  /** Members that others begin with as well, and bytes up to the comma behind the last of them. */
  #shared = 0;
  #beginning = 0;
  /** Bytes from #endAt to #opaqueAt and from #opaqueTo to #size stand behind the extFields and around the id. */
  #endAt = 0;
  #opaqueAt = 0;
  #opaqueTo = 0;
  #size = 0;
  #shortened = false;
  #pause = 0;

  /** Where to go on in a header that begins at `from` as this one did; `from` when it does not. */
  skip(bytes: Uint8Array, view: DataView, from: number, to: number): number {
    const { members } = this;
    const beginning = this.#beginning;
    if (beginning > 0) {
      const same = to - from < beginning ? 0 : equalBytes(this.#view, 0, view, from, beginning);
      if (same < beginning) this.#shorten(same);
    }
    members.begin(bytes, from, this.#shared);
    return from + this.#beginning;
  }

  /**
   * The id in a header whose extFields end at `at` and that goes on as this one did, but for the id; -1 when it does not.
   * An id of more than nine digits is another matter, too.
   */
  opaqueOf(view: DataView, at: number, to: number): number {
    const before = this.#opaqueAt - this.#endAt;
    const behind = this.#size - this.#opaqueTo;
    const digitsAt = at + before;
    const digits = to - behind - digitsAt;
    if (digits < 1 || digits > 9) return -1;
    if (equalBytes(this.#view, this.#endAt, view, at, before) < before) return -1;
    if (equalBytes(this.#view, this.#opaqueTo, view, to - behind, behind) < behind) return -1;
    let opaque = 0;
    for (let index = 0; index < digits; index++) {
      const digit = view.getUint8(digitsAt + index) - 0x30;
      if (digit < 0 || digit > 9) return -1;
      opaque = opaque * 10 + digit;
    }
    // JSON has no leading zeros.
    return digits > 1 && view.getUint8(digitsAt) === 0x30 ? -1 : opaque;
  }

  /** Whether a header is worth remembering. */
  get teachable(): boolean {
    return this.members.count > 1 && (this.#pause === 0 || --this.#pause === 0);
  }

  /**
   * Remembers the header in bytes [from, to), whose members are in `members`: its extFields end at `endAt`, and
   * behind them stand the digits [opaqueAt, opaqueTo) of the id.
   */
  learn(bytes: Uint8Array, from: number, to: number, endAt: number, opaqueAt: number, opaqueTo: number): void {
    const { members } = this;
    const size = to - from;
    if (size > MAX_BYTES) return;
    for (let index = 0; index < size; index++) this.#view.setUint8(index, bytes[from + index]!);
    this.#size = size;
    this.#endAt = endAt - from;
    this.#opaqueAt = opaqueAt - from;
    this.#opaqueTo = opaqueTo - from;
    members.id = ++lastId;
    // No comma stands behind the last one.
    members.known = members.count - 1;
    this.#shared = members.known;
    this.#beginning = members.behind(members.known - 1);
    this.#shortened = false;
    this.outdated = false;
  }

  /** Only the first `same` bytes are shared by what comes. */
  #shorten(same: number): void {
    const { members } = this;
    while (this.#shared > 0 && members.behind(this.#shared - 1) > same) this.#shared--;
    this.#beginning = this.#shared === 0 ? 0 : members.behind(this.#shared - 1);
    // The first time says which members change from one header to the next; later, that others are coming.
    this.outdated ||= this.#shortened;
    this.#shortened = true;
    if (this.#shared === 0) this.#pause = PAUSE;
  }
}

/** How many of `count` bytes are the same in both; four at a time, which is four times as fast. */
function equalBytes(one: DataView, oneAt: number, other: DataView, otherAt: number, count: number): number {
  let index = 0;
  while (index + 4 <= count && one.getInt32(oneAt + index) === other.getInt32(otherAt + index)) index += 4;
  while (index < count && one.getUint8(oneAt + index) === other.getUint8(otherAt + index)) index++;
  return index;
}
