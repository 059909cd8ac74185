import { isTerminal, type Run } from "../contract/run.ts";
import type { RunStats } from "../contract/service-stats.ts";

/** A run as it is counted. Times are ISO 8601 in UTC. */
export interface CountedRun extends Pick<Run, "model" | "state"> {
  readonly since: string;
  readonly lastEventAt: string;
}

/** Returns one entry for each model and state. */
export function countRuns(runs: Iterable<CountedRun>): readonly RunStats[] {
  const counted = new Map<string, { -readonly [K in keyof RunStats]: RunStats[K] }>();
  for (const { model, state, since, lastEventAt } of runs) {
    const key = `${state} ${model}`;
    const one = counted.get(key);
    if (!one) {
      counted.set(key, { model, state, count: 1, ...(!isTerminal(state) && { since, lastEventAt }) });
      continue;
    }
    one.count++;
    if (one.since === undefined || one.lastEventAt === undefined) continue;
    if (since < one.since) one.since = since;
    if (lastEventAt < one.lastEventAt) one.lastEventAt = lastEventAt;
  }
  return [...counted.values()];
}
