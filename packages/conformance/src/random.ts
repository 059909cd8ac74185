// Pseudo-random numbers: the same seed makes the same sequence.
export interface Random {
  /** A whole number from 0 to `limit - 1`. */
  below(limit: number): number;
  /** True in one of `times` calls on average. */
  oneIn(times: number): boolean;
  /** Waits for zero to five turns of the event loop or microtasks, so that other work can run first. */
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
