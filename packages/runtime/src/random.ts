/** The only source of chance; the simulator's is seeded. */
export interface Random {
  /** Uniform in [0, 1). */
  next(): number;
  /** `count` unpredictable bytes (predictable ones in the simulator). */
  bytes(count: number): Uint8Array;
}

/** Uniform integer in [0, bound). */
export function randomInt(random: Random, bound: number): number {
  return Math.floor(random.next() * bound);
}

/**
 * A small, fast, seeded generator (xoshiro128** seeded by splitmix32): the same seed gives the same sequence.
 * Not for secrets.
 */
export function seededRandom(seed: number): Random {
  let mix = seed >>> 0;
  const splitmix = () => {
    mix = (mix + 0x9e3779b9) >>> 0;
    let z = mix;
    z = Math.imul(z ^ (z >>> 16), 0x21f0aaad);
    z = Math.imul(z ^ (z >>> 15), 0x735a2d97);
    return (z ^ (z >>> 15)) >>> 0;
  };
  let a = splitmix();
  let b = splitmix();
  let c = splitmix();
  let d = splitmix();
  const rotl = (x: number, k: number) => ((x << k) | (x >>> (32 - k))) >>> 0;
  const next32 = () => {
    const result = Math.imul(rotl(Math.imul(b, 5) >>> 0, 7), 9) >>> 0;
    const t = (b << 9) >>> 0;
    c ^= a;
    d ^= b;
    b ^= c;
    a ^= d;
    c ^= t;
    d = rotl(d >>> 0, 11);
    return result;
  };
  return {
    next: () => next32() / 0x1_0000_0000,
    bytes: (count) => Uint8Array.from({ length: count }, () => next32() & 0xff),
  };
}
