/** What a simulated message carries. */
export interface Content {
  readonly id: number;
  readonly text: string;
}

/** The text follows from the id, so that whoever gets it can tell whether it is what was sent. Some are longer than a disk's sectors. */
export function contentOf(id: number): Content {
  const length = id % 13 === 0 ? 1500 + (id % 7) * 700 : 20 + (id % 40);
  return { id, text: `${id.toString(36)}.`.repeat(Math.ceil(length / 3)).slice(0, length) };
}

export function isIntact(content: Content): boolean {
  return content.text === contentOf(content.id).text;
}

/** An id that belongs to no message, for what cannot be read. */
export const UNREADABLE = -1;
