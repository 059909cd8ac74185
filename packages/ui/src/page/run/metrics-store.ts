// The curves of a run: loaded as far as the server had them, then continued with each event.
import type { Run, RunEvent, RunMetrics } from "@deepaas/core";
import type { AttemptStart } from "../chart/chart-content.ts";
import { Columns } from "../chart/columns.ts";

export class MetricsStore {
  readonly series = new Map<string, Columns>();
  attempts: AttemptStart[] = [];
  /** Where the time axis starts, in milliseconds since 1970. */
  origin = 0;
  /** Changes when there are other series or another origin, not with each value. */
  generation = 0;
  /** The last event that is in the curves. */
  lastSeq = 0;
  #attempt = 0;

  /** Replaces everything. */
  load({ attempts, series, lastSeq }: RunMetrics, run: Run): void {
    this.generation++;
    this.series.clear();
    this.attempts = attempts.map(({ attempt, at }) => ({ attempt, at: Date.parse(at) }));
    this.origin = Date.parse(run.startedAt ?? run.createdAt);
    this.lastSeq = lastSeq;
    // Values before the first `started` that is still held.
    const earliest = attempts[0] ? attempts[0].attempt - 1 : run.attempt;
    this.#attempt = attempts.at(-1)?.attempt ?? run.attempt;
    for (const [name, { seq, at, step, value, count }] of Object.entries(series)) {
      const columns = this.#columns(name);
      let next = 0;
      for (let i = 0; i < seq.length; i++) {
        while (next < attempts.length && (attempts[next]?.seq as number) <= (seq[i] as number)) next++;
        columns.append({
          at: at[i] as number,
          step: step[i] ?? Number.NaN,
          value: Number(value[i]),
          attempt: attempts[next - 1]?.attempt ?? earliest,
        });
      }
      columns.count = count;
    }
  }

  /** Adds the values of an event; an event that is in the curves already changes nothing. Returns whether it did. */
  add(event: RunEvent): boolean {
    if (event.seq <= this.lastSeq) return false;
    this.lastSeq = event.seq;
    const at = Date.parse(event.at);
    if (event.type === "started") {
      this.#attempt = event.attempt;
      if (this.attempts.length === 0 && this.series.size === 0) this.origin = at;
      this.generation++;
      this.attempts.push({ attempt: event.attempt, at });
      return true;
    }
    if (event.type !== "progress" || !event.metrics) return false;
    const { step = Number.NaN, metrics } = event;
    for (const [name, value] of Object.entries(metrics)) {
      this.#columns(name).append({ at, step, value: Number(value), attempt: this.#attempt });
    }
    return true;
  }

  #columns(name: string): Columns {
    let columns = this.series.get(name);
    if (!columns) {
      columns = new Columns();
      this.series.set(name, columns);
      this.generation++;
    }
    return columns;
  }
}
