import { describe, expect, it } from 'vitest';
import { languageCode, languageName, LANGUAGES, Version, versionName } from '../src/index.js';

describe('versions', () => {
  // remoting-protocol, 4.1
  it.each([
    [213, 'V4_0_0'],
    [317, 'V4_5_2'],
    [373, 'V4_8_0'],
    [399, 'V4_9_3'],
    [400, 'V4_9_4_SNAPSHOT'],
    [401, 'V4_9_4'],
    [411, 'V4_9_9'],
    [412, 'V5_0_0_SNAPSHOT'],
    [413, 'V5_0_0'],
    [453, 'V5_2_0'],
    [479, 'V5_3_3'],
    [611, 'V5_9_9'],
    [612, 'HIGHER_VERSION'],
    [9999, 'HIGHER_VERSION'],
    [121, '121'],
    [-3, '-3'],
  ])('%i is %s', (ordinal, name) => {
    expect(versionName(ordinal)).toBe(name);
  });

  it('of the table have the names they say', () => {
    const named = Object.entries(Version).filter(([, ordinal]) => ordinal >= 213 && ordinal < 612);
    expect(named.map(([, ordinal]) => versionName(ordinal))).toEqual(named.map(([name]) => name));
  });
});

describe('languages', () => {
  it('go by number in binary headers', () => {
    expect(LANGUAGES.map(languageCode)).toEqual(LANGUAGES.map((_, code) => code));
    expect(languageName(9)).toBe('GO');
    expect(languageName(13)).toBe('NODE_JS');
  });

  it('are OTHER when unknown', () => {
    expect(languageName(14)).toBe('OTHER');
    expect(languageName(255)).toBe('OTHER');
    expect(languageCode('KLINGON')).toBe(7);
  });
});
