// Checks a property of code that runs in random order, for many seeds. A check that hangs fails with its seed.
import fc from "fast-check";
import { type Random, randomFrom } from "./random.ts";
import { withinTime } from "./suite.ts";

export interface SeedOptions {
  /** Number of seeds. Default 40. */
  readonly runs?: number;
  /** Time limit of the check with one seed, in milliseconds. Default 4,000. */
  readonly hangMs?: number;
}

/** Seeds the generator of the seeds. Another value tests other orders. */
const firstSeed = 20_260_101;

/** Rejects with the seed for which the check fails or does not end in time. */
export async function holdsForSeeds(
  check: (random: Random) => Promise<void>,
  options: SeedOptions = {},
): Promise<void> {
  const { runs = 40, hangMs = 4_000 } = options;
  const property = fc.asyncProperty(fc.integer({ min: 0, max: 2 ** 32 - 1 }), async (seed) => {
    await withinTime(check(randomFrom(seed)), { what: `the check with seed ${seed}`, ms: hangMs });
  });
  // No shrinking: a smaller seed does not make a simpler order.
  await fc.assert(property, { numRuns: runs, seed: firstSeed, endOnFailure: true });
}
