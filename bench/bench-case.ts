// A benchmark compares a subject with a baseline, each measured in fresh processes.

export interface BenchCase {
  readonly name: string;
  /** The baseline, in a few words. */
  readonly against: string;
  /** The limit of the figure. */
  readonly goal: { readonly atMost: number } | { readonly atLeast: number };
  /** Limits of the further figures of the subject, by unit. The largest of all rounds is compared. */
  readonly alsoAtMost?: Readonly<Record<string, number>>;
  /** Computes the figure from the pair of one round. Default: `subject / baseline`. */
  readonly figure?: (subject: number, baseline: number) => number;
  /** Unit of the figure. Default: a ratio. */
  readonly unit?: string;
  /** Returns why it cannot be measured on this machine: then it is skipped. Default: it can. */
  readonly obstacle?: () => Promise<string | undefined>;
  /** Number of pairs of processes. Default 7. */
  readonly rounds?: number;
  readonly baseline: Side;
  readonly subject: Side;
  /** Also measured in each round, and reported without a goal. */
  readonly beside?: Readonly<Record<string, Side>>;
}

/** Runs in its own process and returns its figure, or a function for a figure that is measured in turns. */
export type Side = () => Promise<number | Measured | Turn>;

/**
 * Measures for about a second. The sides of a round are all started, then they take turns, so that a load of the machine that
 * changes from second to second is the same for all of them. The figure of a round is the mean of its turns.
 */
export type Turn = () => Promise<Measured>;

export interface Measured {
  readonly figure: number;
  /** Further figures by unit. The median is reported. */
  readonly also: Readonly<Record<string, number>>;
}

/** Returns the median of five timings of `calls` calls, in microseconds per call, after as many calls for warm-up. */
export async function microsecondsPerCall(calls: number, work: (calls: number) => Promise<void>): Promise<number> {
  await work(calls);
  const timings: number[] = [];
  for (let i = 0; i < 5; i++) {
    const startedAt = performance.now();
    await work(calls);
    timings.push(((performance.now() - startedAt) * 1000) / calls);
  }
  return median(timings);
}

export function median(figures: readonly number[]): number {
  return figures.toSorted((a, b) => a - b)[figures.length >> 1] as number;
}
