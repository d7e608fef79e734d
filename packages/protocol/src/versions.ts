/**
 * Ordinals of Apache's MQVersion that decide something (remoting-protocol, 4.1). Releases and snapshots alternate: the
 * snapshot of a release is one less.
 */
export const Version = {
  /** From here a registration body is RegisterBrokerBody. */
  V3_0_11: 37,
  /** The broker calls clients (307, 309) from the snapshot before it. */
  V3_1_8: 63,
  /** maxReconsumeTimes of a request counts. Sent by ali-ons. */
  V3_4_9: 121,
  /** Clients ask for SQL92 only when the broker's heartbeat answer is at least its snapshot. */
  V4_1_0: 233,
  V4_9_0: 393,
  /** Up to here `_UNIQUE_KEY_QUERY` is left out of signatures. */
  V4_9_3: 399,
  /** From here routes are asked for as standard JSON. */
  V4_9_4: 401,
  V4_9_7: 407,
  V5_0_0: 413,
  V5_1_4: 441,
  /** Clients above it understand GO_AWAY. */
  V5_3_1: 475,
  V5_3_3: 479,
  HIGHER_VERSION: 612,
} as const;

/** What we say we are in every frame, so that clients and servers of Apache use all we can. Never 0. */
export const CURRENT_VERSION = Version.V5_3_3;

/** What our frames give as language: clients before 5.x do not know NODE_JS. */
export const CURRENT_LANGUAGE = 'JAVA';

const FIRST_OF_LINE: readonly (readonly [ordinal: number, line: string])[] = [
  [413, '5'],
  [213, '4'],
];

/**
 * `V5_3_3` or `V5_3_2_SNAPSHOT` for an ordinal from 4.0.0 on: a minor line takes 20 numbers, a release two of them. Other
 * numbers are shown as they are, those above the table as HIGHER_VERSION.
 */
export function versionName(ordinal: number): string {
  if (ordinal >= Version.HIGHER_VERSION) return 'HIGHER_VERSION';
  for (const [first, major] of FIRST_OF_LINE) {
    if (ordinal < first - 1) continue;
    const steps = ordinal - first + 1;
    const patch = Math.floor((steps % 20) / 2);
    return `V${major}_${Math.floor(steps / 20)}_${patch}${steps % 2 === 0 ? '_SNAPSHOT' : ''}`;
  }
  return String(ordinal);
}

/** LanguageCode by the number that stands in binary headers (remoting-protocol, 4.2). */
export const LANGUAGES = [
  'JAVA',
  'CPP',
  'DOTNET',
  'PYTHON',
  'DELPHI',
  'ERLANG',
  'RUBY',
  'OTHER',
  'HTTP',
  'GO',
  'PHP',
  'OMS',
  'RUST',
  'NODE_JS',
] as const;

const OTHER = 'OTHER';
const CODES: ReadonlyMap<string, number> = new Map(LANGUAGES.map((name, code) => [name, code]));

export function languageName(code: number): string {
  return LANGUAGES[code] ?? OTHER;
}

/** The table's own string for a known name, `OTHER` for all else. */
export function knownLanguage(name: unknown): string {
  return typeof name === 'string' && CODES.has(name) ? name : OTHER;
}

export function languageCode(name: string): number {
  return CODES.get(name) ?? LANGUAGES.indexOf(OTHER);
}
