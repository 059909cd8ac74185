// A run as the page follows it: its record, curves and log, each event once, also across restarts of the server.
import { DeepaasError, type Run, type RunEvent } from "@deepaas/core";
import { signal } from "@preact/signals";
import { type ChartLine, loadPlots } from "../chart/plot.ts";
import { service, watchRun } from "../service/connection.ts";
import { CurvesOfRun } from "./curves-of-run.ts";
import { eventsBetween } from "./events-between.ts";
import { Rate } from "./rate.ts";

/** Most values of a metric that are loaded at first. */
const loadedPoints = 1_000;
/** The page shows new events in this interval, in milliseconds. */
const flushMs = 100;
const retryMs = 2_000;
/** More lines than these are dropped at the start; "earlier" loads them again. */
const mostLines = 10_000;

export class FollowedRun {
  readonly id: string;
  /** Undefined until it was loaded. */
  readonly run = signal<Run>();
  /** Why it could not be loaded, or is not followed any longer. */
  readonly error = signal<unknown>();
  /** Changes with the curves and the log. */
  readonly version = signal(0);
  curves = new CurvesOfRun();
  readonly rate = new Rate();
  /** All events but reports, without a gap. */
  log: RunEvent[] = [];
  /** The last event before those of the log. */
  before = 0;
  /** The newest record. The next flush shows it. */
  #record: Run | undefined;
  readonly #logEvents: number;
  readonly #controller = new AbortController();
  #timer: ReturnType<typeof setTimeout> | undefined;

  /** `logEvents`: how many of the latest events are read for the log. */
  constructor(id: string, logEvents: number) {
    this.id = id;
    this.#logEvents = logEvents;
    void this.#follow();
  }

  stop(): void {
    this.#controller.abort();
    clearTimeout(this.#timer);
  }

  get hasEarlier(): boolean {
    return this.before >= (this.run.value?.firstSeq ?? 1);
  }

  /** Reads more of the log at its start, until there are more lines or it starts. */
  async loadEarlier(): Promise<void> {
    const { length } = this.log;
    for (let size = this.#logEvents; this.hasEarlier && this.log.length === length; size *= 2) {
      const last = this.before;
      const after = Math.max((this.run.value?.firstSeq ?? 1) - 1, last - size);
      const earlier: RunEvent[] = [];
      for await (const event of eventsBetween(this.id, { after, last, signal: this.#controller.signal })) {
        if (event.type !== "progress") earlier.push(event);
      }
      // Loaded anew meanwhile.
      if (this.before !== last) return;
      this.log = [...earlier, ...this.log];
      this.before = after;
    }
    this.version.value++;
  }

  /** Returns the line of each metric: all `as` given, or each with the name and a style of its own. */
  lines(as?: Pick<ChartLine, "label" | "style">): readonly (readonly [string, ChartLine])[] {
    const { series, origin } = this.curves;
    return [...series].map(([name, points], style) => [
      name,
      { run: this.id, points, origin, ...(as ?? { label: name, style }) },
    ]);
  }

  async #follow(): Promise<void> {
    const { signal: aborted } = this.#controller;
    while (!aborted.aborted) {
      try {
        await this.#load();
        return;
      } catch (error) {
        if (aborted.aborted) return;
        this.error.value = error;
        if (!mayBeRetried(error)) return;
      }
      await new Promise((resolve) => setTimeout(resolve, retryMs));
    }
  }

  async #load(): Promise<void> {
    const run = await service.run(this.id, { signal: this.#controller.signal });
    this.#record = run;
    this.run.value = run;
    this.error.value = undefined;
    this.log = [];
    this.rate.reset();
    this.before = Math.max(run.firstSeq - 1, run.lastSeq - this.#logEvents);
    // The log is shown while the curves are still on their way.
    this.curves = new CurvesOfRun();
    const failed = new AbortController();
    const signal = AbortSignal.any([this.#controller.signal, failed.signal]);
    try {
      await Promise.all([this.#loadCurves(run, signal), this.#watch(this.before, signal)]);
    } finally {
      failed.abort();
    }
  }

  async #loadCurves(run: Run, aborted: AbortSignal): Promise<void> {
    const options = { points: loadedPoints, signal: aborted };
    const [metrics] = await Promise.all([service.metrics(this.id, options), loadPlots()]);
    this.curves.load(metrics, run);
    this.version.value++;
  }

  async #watch(after: number, aborted: AbortSignal): Promise<void> {
    for await (const event of watchRun(this.id, { after, signal: aborted })) {
      await this.#take(event);
      this.#timer ??= setTimeout(() => this.#flush(), flushMs);
    }
    this.#flush();
  }

  async #take(event: RunEvent): Promise<void> {
    this.curves.add(event);
    if (event.type === "started") this.rate.reset();
    if (event.type === "progress") {
      if (event.step !== undefined) this.rate.add(event.step, Date.parse(event.at));
    } else if (this.#logEvents > 0) {
      this.log.push(event);
      if (this.log.length > mostLines) this.before = this.log.splice(0, mostLines / 4).at(-1)?.seq ?? this.before;
    }
    const run = this.#record;
    if (!run || event.seq <= run.lastSeq) return;
    // What comes often changes the record here; after anything else the server is asked.
    if (event.type === "progress") this.#record = { ...run, progress: { ...run.progress, ...event } };
    else if (event.type === "checkpoint") this.#record = { ...run, checkpoint: { step: event.step } };
    else if (event.type !== "log") this.#record = await service.run(this.id, { signal: this.#controller.signal });
  }

  #flush(): void {
    clearTimeout(this.#timer);
    this.#timer = undefined;
    this.run.value = this.#record;
    this.version.value++;
  }
}

/** A trimmed log is loaded anew; a server that is out of reach may return. */
function mayBeRetried(error: unknown): boolean {
  return !DeepaasError.is(error) || ["unavailable", "overloaded", "rate_limited", "out_of_range"].includes(error.code);
}
