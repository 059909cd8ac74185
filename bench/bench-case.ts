// What a benchmark is: two ways to do the same thing, each measured in fresh processes, and the goal for one against
// the other.

export interface BenchCase {
  readonly name: string;
  /** What the subject is compared with, in a few words. */
  readonly against: string;
  readonly goal: { readonly atMost: number } | { readonly atLeast: number };
  /** Of what the subject saw besides its figure, by its unit: the largest of all rounds, and at most this. */
  readonly alsoAtMost?: Readonly<Record<string, number>>;
  /** How the figure follows from one round's pair. Default: `subject / baseline`. */
  readonly figure?: (subject: number, baseline: number) => number;
  /** Of the figure. Default: a ratio. */
  readonly unit?: string;
  /** Pairs of processes. Default 7. */
  readonly rounds?: number;
  readonly baseline: Side;
  readonly subject: Side;
  /** Measured in the same rounds and told with the others, without a goal: what else the figure should be seen against. */
  readonly beside?: Readonly<Record<string, Side>>;
}

/** Run in a process of its own; gives its figure. */
export type Side = () => Promise<number | Measured>;

export interface Measured {
  readonly figure: number;
  /** What else was seen, by its unit; its median is told. */
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
