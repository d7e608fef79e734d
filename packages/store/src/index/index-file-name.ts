const DIGITS = 17;

/** Name of a file made at `time`: local time as yyyyMMddHHmmssSSS. Files are sorted by name, so it is always above `last`. */
export function indexFileName(time: number, last: string | undefined): string {
  const name = localTime(new Date(time));
  if (last === undefined || name > last) return name;
  // Made within one millisecond, or the clock or its zone went back.
  return String(BigInt(last) + 1n).padStart(DIGITS, '0');
}

function localTime(date: Date): string {
  const parts: readonly [value: number, digits: number][] = [
    [date.getFullYear(), 4],
    [date.getMonth() + 1, 2],
    [date.getDate(), 2],
    [date.getHours(), 2],
    [date.getMinutes(), 2],
    [date.getSeconds(), 2],
    [date.getMilliseconds(), 3],
  ];
  return parts.map(([value, digits]) => String(value).padStart(digits, '0')).join('');
}
