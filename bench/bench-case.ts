// A benchmark: two ways to do the same thing, each measured in fresh processes, and the goal for one against
// the other.

export interface BenchCase {
  readonly name: string;
  /** What the subject is compared with, in a few words. */
  readonly against: string;
  readonly goal: { readonly atMost: number } | { readonly atLeast: number };
  /** Limits of further figures of the subject, by their unit: the largest of all rounds must not exceed them. */
  readonly alsoAtMost?: Readonly<Record<string, number>>;
  /** How the ratio follows from the pair of one round. Default: `subject / baseline`. */
  readonly figure?: (subject: number, baseline: number) => number;
  /** Of the figure. Default: a ratio. */
  readonly unit?: string;
  /** Pairs of processes. Default 7. */
  readonly rounds?: number;
  readonly baseline: Side;
  readonly subject: Side;
  /** Measured in the same rounds and reported without a goal, for comparison. */
  readonly beside?: Readonly<Record<string, Side>>;
}

/** Runs in a process of its own; returns its figure. */
export type Side = () => Promise<number | Measured>;

export interface Measured {
  readonly figure: number;
  /** Further figures, by their unit; the median is reported. */
  readonly also: Readonly<Record<string, number>>;
}

/** The median of `count` timings of `work`, in microseconds per call, after as many calls to warm up. */
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
