// Numbers that look random and are the same again for the same seed: what a property's run is made from.
export interface Random {
  /** A whole number from 0 to `limit - 1`. */
  below(limit: number): number;
  /** True once in so many times. */
  oneIn(times: number): boolean;
  /** Some turns of the event loop, or none: long enough for whatever else is going on to come first. */
  pause(): Promise<void>;
}

/** Mulberry32 (Tommy Ettinger, public domain). */
export function randomFrom(seed: number): Random {
  let state = seed >>> 0;
  const below = (limit: number) => {
    state = (state + 0x6d2b79f5) >>> 0;
    let mixed = Math.imul(state ^ (state >>> 15), state | 1);
    mixed ^= mixed + Math.imul(mixed ^ (mixed >>> 7), mixed | 61);
    return ((mixed ^ (mixed >>> 14)) >>> 0) % limit;
  };
  return {
    below,
    oneIn: (times) => below(times) === 0,
    async pause() {
      for (let turns = below(6); turns > 0; turns--) {
        if (below(4) === 0) await new Promise(setImmediate);
        else await Promise.resolve();
      }
    },
  };
}
