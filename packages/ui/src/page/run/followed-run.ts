// A run as the page follows it: its record, curves and log, each event once, also across restarts of the server.
import { DeepaasError, isTerminal, type Run, type RunEvent } from "@deepaas/core";
import { applyEvents } from "@deepaas/core/ports";
import { computed, signal } from "@preact/signals";
import { plotLibrary } from "../chart/plot-library.ts";
import { service, watchRun } from "../service/connection.ts";
import { LogBuffer } from "./log-buffer.ts";
import { MetricsStore } from "./metrics-store.ts";
import { Rate } from "./rate.ts";

export interface FollowOptions {
  /** How many of the latest events are read for the log. */
  readonly logEvents: number;
}

/** Most values of a metric that are loaded at first. */
const loadedPoints = 2_000;
/** How often the page is told of new events. */
const flushMs = 100;
const retryMs = 2_000;

export class FollowedRun {
  readonly id: string;
  /** Undefined until it was loaded. */
  readonly run = signal<Run>();
  /** Why it could not be loaded, or is not followed any longer. */
  readonly error = signal<unknown>();
  /** Changes with the curves; 0 until they were loaded. */
  readonly curvesVersion = signal(0);
  /** Changes with the log; 0 until it was loaded. */
  readonly logVersion = signal(0);
  readonly metrics = new MetricsStore();
  /** Changes when there are other curves, not with each value. */
  readonly curvesGeneration = computed(() => (this.curvesVersion.value === 0 ? 0 : this.metrics.generation));
  readonly log = new LogBuffer();
  readonly rate = new Rate();
  readonly #options: FollowOptions;
  readonly #controller = new AbortController();
  #waiting: RunEvent[] = [];
  #timer: ReturnType<typeof setTimeout> | undefined;

  constructor(id: string, options: FollowOptions) {
    this.id = id;
    this.#options = options;
    // Needed by the time the curves are here.
    void plotLibrary();
    void this.#follow();
  }

  stop(): void {
    this.#controller.abort();
    clearTimeout(this.#timer);
  }

  /** Reads more of the log at its start, until there are more lines or it starts. */
  async loadEarlier(): Promise<void> {
    const { log } = this;
    const lines = log.lines.length;
    for (let size = this.#options.logEvents; log.hasEarlier && log.lines.length === lines; size *= 2) {
      const end = log.before;
      const before = Math.max(log.firstSeq - 1, end - size);
      const earlier = new LogBuffer();
      const range = { after: before, last: end, signal: this.#controller.signal };
      for await (const event of eventsBetween(this.id, range)) earlier.add(event);
      // Loaded anew meanwhile.
      if (log.before !== end) return;
      log.addEarlier(earlier, before);
      this.logVersion.value++;
    }
  }

  async #follow(): Promise<void> {
    const { signal: aborted } = this.#controller;
    while (!aborted.aborted) {
      try {
        const after = await this.#load(aborted);
        for await (const event of watchRun(this.id, { after, signal: aborted })) this.#take(event);
        this.#flush();
        // The record of an ended run is read once more: it has what no event has.
        if (!aborted.aborted) this.run.value = await service.run(this.id, { signal: aborted });
        return;
      } catch (error) {
        if (aborted.aborted) return;
        this.error.value = error;
        if (!mayBeRetried(error)) return;
      }
      await new Promise((resolve) => setTimeout(resolve, retryMs));
    }
  }

  /** Returns the event after which the run is watched. */
  async #load(aborted: AbortSignal): Promise<number> {
    const run = await service.run(this.id, { signal: aborted });
    // A long log takes a while.
    this.run.value = run;
    this.error.value = undefined;
    const metrics = await service.metrics(this.id, { points: loadedPoints, signal: aborted });
    const { firstSeq, lastSeq } = metrics;
    const after = Math.max(firstSeq - 1, lastSeq - this.#options.logEvents);
    // Those from before a trimmed log are read again.
    this.#waiting = [];
    this.metrics.load(metrics, run);
    this.log.reset(firstSeq, after);
    this.rate.reset();
    this.curvesVersion.value++;
    this.logVersion.value++;
    return after;
  }

  #take(event: RunEvent): void {
    this.#waiting.push(event);
    if (isTerminal(event.type)) this.#flush();
    else this.#timer ??= setTimeout(() => this.#flush(), flushMs);
  }

  #flush(): void {
    clearTimeout(this.#timer);
    this.#timer = undefined;
    const events = this.#waiting;
    const run = this.run.value;
    if (!run || events.length === 0) return;
    this.#waiting = [];
    let isCurve = false;
    let isLine = false;
    for (const event of events) {
      isCurve = this.metrics.add(event) || isCurve;
      isLine = (this.#options.logEvents > 0 && this.log.add(event)) || isLine;
      if (event.type === "started") this.rate.reset();
      if (event.type === "progress" && event.step !== undefined) this.rate.add(event.step, Date.parse(event.at));
    }
    this.run.value = applyEvents(
      run,
      events.filter(({ seq }) => seq > run.lastSeq),
    );
    if (isCurve) this.curvesVersion.value++;
    if (isLine) this.logVersion.value++;
  }
}

/** A trimmed log is loaded anew; a server that is out of reach may return. */
function mayBeRetried(error: unknown): boolean {
  return DeepaasError.is(error) && ["unavailable", "overloaded", "rate_limited", "out_of_range"].includes(error.code);
}

export interface EventRange {
  /** The last event that is left out. */
  readonly after: number;
  /** The last event that is returned. */
  readonly last: number;
  readonly signal: AbortSignal;
}

export async function* eventsBetween(
  id: string,
  { after, last, signal: aborted }: EventRange,
): AsyncGenerator<RunEvent, void, undefined> {
  if (after >= last) return;
  const controller = new AbortController();
  try {
    for await (const event of watchRun(id, { after, signal: AbortSignal.any([aborted, controller.signal]) })) {
      yield event;
      if (event.seq >= last) return;
    }
  } finally {
    controller.abort();
  }
}
