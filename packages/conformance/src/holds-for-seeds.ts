// A property of something that runs in random order, checked for many seeds: one that hangs fails with its seed.
import fc from "fast-check";
import { type Random, randomFrom } from "./random.ts";
import { withinTime } from "./suite.ts";

export interface SeedOptions {
  /** Default 40. */
  readonly runs?: number;
  /** After it a run hangs, in milliseconds. Default 4,000. */
  readonly hangMs?: number;
}

/** The first of the seeds; another one finds other orders. */
const firstSeed = 20_260_101;

/** Rejects with the seed of the run that fails, or does not end. */
export async function holdsForSeeds(
  check: (random: Random) => Promise<void>,
  options: SeedOptions = {},
): Promise<void> {
  const { runs = 40, hangMs = 4_000 } = options;
  const property = fc.asyncProperty(fc.integer({ min: 0, max: 2 ** 32 - 1 }), async (seed) => {
    await withinTime(check(randomFrom(seed)), { what: `the run with the seed ${seed}`, ms: hangMs });
  });
  // A smaller seed is no simpler a run: there is nothing to shrink.
  await fc.assert(property, { numRuns: runs, seed: firstSeed, endOnFailure: true });
}
