// A small seeded generator (sfc32), so that the same seed draws the same digits on every machine.

export interface Random {
  /** In [low, high). */
  uniform(low: number, high: number): number;
  /** In 0 .. count - 1. */
  integer(count: number): number;
  /** Normal with mean 0. */
  normal(deviation: number): number;
  chance(probability: number): boolean;
  pick<T>(items: readonly T[]): T;
}

/** Every further part of the seed (an epoch, a purpose) opens a stream of its own. */
export function createRandom(...seed: readonly number[]): Random {
  const next = sfc32(seed);
  const uniform = (low: number, high: number): number => low + (high - low) * next();
  const integer = (count: number): number => Math.floor(next() * count);
  return {
    uniform,
    integer,
    // Box-Muller; 1 - next() is never 0, whose logarithm is not a number.
    normal: (deviation) => deviation * Math.sqrt(-2 * Math.log(1 - next())) * Math.cos(2 * Math.PI * next()),
    chance: (probability) => next() < probability,
    pick: (items) => {
      const item = items[integer(items.length)];
      if (item === undefined) throw new RangeError("nothing to pick from");
      return item;
    },
  };
}

function sfc32(seed: readonly number[]): () => number {
  let a = 0x9e3779b9;
  let b = 0x243f6a88;
  let c = 0xb7e15162;
  let counter = 1;
  const next = (): number => {
    const sum = (a + b + counter++) | 0;
    a = b ^ (b >>> 9);
    b = (c + (c << 3)) | 0;
    c = ((c << 21) | (c >>> 11)) + sum;
    return (sum >>> 0) / 2 ** 32;
  };
  // The first outputs still show the seed: a dozen rounds for each part spread it over the whole state.
  for (const part of seed) {
    a ^= part | 0;
    c ^= Math.floor(part / 2 ** 32) | 0;
    for (let round = 0; round < 12; round++) next();
  }
  return next;
}
