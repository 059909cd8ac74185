// The curves of a run: loaded as far as the server has them, then continued with each event.
import type { Run, RunEvent, RunMetrics } from "@deepaas/core";
import { Points } from "../chart/points.ts";

export class CurvesOfRun {
  readonly series = new Map<string, Points>();
  /** Where the time axis starts, in milliseconds since 1970. */
  origin = 0;
  /** The last event that is in the curves; undefined until they were loaded. */
  #lastSeq: number | undefined;
  #attempt = 0;
  #early: RunEvent[] = [];

  get isLoaded(): boolean {
    return this.#lastSeq !== undefined;
  }

  /** Begins anew with what the server has. */
  load({ attempts, series, lastSeq }: RunMetrics, run: Run): void {
    this.series.clear();
    this.origin = Date.parse(run.startedAt ?? attempts[0]?.at ?? run.createdAt);
    this.#lastSeq = lastSeq;
    // Values before the first `started` that is still held.
    const earliest = attempts[0] ? attempts[0].attempt - 1 : run.attempt;
    this.#attempt = attempts.at(-1)?.attempt ?? run.attempt;
    for (const [name, { seq, at, step, value, count }] of Object.entries(series)) {
      const points = this.#points(name);
      for (const [i, one] of seq.entries()) {
        points.append({
          at: at[i] as number,
          step: step[i] ?? Number.NaN,
          value: Number(value[i]),
          attempt: attempts.findLast((attempt) => attempt.seq <= one)?.attempt ?? earliest,
        });
      }
      points.count = count;
    }
    for (const event of this.#early) this.add(event);
    this.#early = [];
  }

  /** Adds the values of an event; an event that is in the curves already changes nothing. */
  add(event: RunEvent): void {
    if (this.#lastSeq === undefined) {
      this.#early.push(event);
      return;
    }
    if (event.seq <= this.#lastSeq) return;
    this.#lastSeq = event.seq;
    const at = Date.parse(event.at);
    if (event.type === "started") {
      this.#attempt = event.attempt;
      if (this.series.size === 0) this.origin = at;
    }
    if (event.type !== "progress") return;
    for (const [name, value] of Object.entries(event.metrics ?? {})) {
      this.#points(name).append({ at, step: event.step ?? Number.NaN, value: Number(value), attempt: this.#attempt });
    }
  }

  #points(name: string): Points {
    const points = this.series.get(name) ?? new Points();
    this.series.set(name, points);
    return points;
  }
}
