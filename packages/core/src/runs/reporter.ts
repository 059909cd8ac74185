// Writes the reports of a training to the log: batched per turn of the event loop, merged before they are numbered, in order.
import { DeepaasError, invalidArgs } from "../contract/error.ts";
import { setMember, toJson } from "../contract/json.ts";
import { type ModelFile, modelFile } from "../contract/model-file.ts";
import { isName, nameRules } from "../contract/names.ts";
import { onNextTick } from "../contract/next-tick.ts";
import { checkPublishOptions } from "../contract/options.ts";
import { sleep } from "../contract/race.ts";
import type { LogLevel, MetricValue, ProgressFact } from "../contract/run.ts";
import type { BlobRef, BlobStore } from "../ports/blob-store.ts";
import type { TrainCall } from "../ports/executor.ts";
import type { LogAppend, Publication, RunStore } from "../ports/run-store.ts";

const maxFactsPerTick = 256;
const maxTextLength = 16_384;

export interface ReporterOptions {
  readonly store: RunStore;
  readonly blobs: BlobStore;
  readonly runId: string;
  readonly attempt: number;
  /** The metrics that earlier attempts reported. */
  readonly metrics?: Readonly<Record<string, MetricValue>> | undefined;
  /** Version of the model's code, kept with each checkpoint. */
  readonly version: () => string | undefined;
  /** Time to retry an append that the store refused, in milliseconds, while the training goes on. */
  readonly patienceMs: number;
  /** Aborted before the store is closed: then an append is not retried. */
  readonly closing: AbortSignal;
  /** Called with each report that is accepted. */
  readonly onReport?: () => void;
  /** Called when the work must stop: a newer attempt has taken over, or the store fails for too long. May be called twice. */
  readonly onLost: (reason: DeepaasError) => void;
}

export interface RunReporter extends Pick<TrainCall, "report" | "log" | "checkpoint" | "artifact" | "publish"> {
  /** The last published weights. */
  readonly published: () => Publication | undefined;
  /** Appends the waiting entries and then `entries`. If it rejects, `finish([])` retries what was not kept. */
  finish(entries: readonly LogAppend[]): Promise<"kept" | "stale">;
}

/** Returns a reporter whose methods need no `this`, so that a model may destructure its context. */
export function runReporter(options: ReporterOptions): RunReporter {
  const reporter = new Reporter(options);
  return {
    report: (progress) => reporter.report(progress),
    log: (text, level) => reporter.log(text, level),
    checkpoint: handled((checkpoint) => reporter.checkpoint(checkpoint)),
    artifact: handled((name, file, fileOptions) => reporter.artifact(name, file, fileOptions)),
    publish: handled((file, publishOptions) => reporter.publish(file, publishOptions)),
    published: () => reporter.published,
    finish: (entries) => reporter.finish(entries),
  };
}

interface Batch {
  readonly appendNumber: number;
  readonly entries: readonly LogAppend[];
}

class Reporter {
  readonly #options: ReporterOptions;
  published: Publication | undefined;
  /** The newest value of each metric. */
  readonly #metrics: Record<string, MetricValue>;
  /** Entries of this turn of the event loop. */
  #waiting: LogAppend[] = [];
  /** Reports beyond `maxFactsPerTick`, merged into one. */
  #merged: { readonly fact: ProgressFact; readonly count: number } | undefined;
  #droppedLines = 0;
  #scheduled = false;
  /** Batches that are being appended, oldest first. A batch that was not kept stays, with its number, and is retried. */
  readonly #backlog: Batch[] = [];
  #appends: Promise<unknown> = Promise.resolve();
  #appendNumber = 0;
  #stale = false;
  /** The store has failed for longer than `patienceMs`. */
  #broken = false;

  constructor(options: ReporterOptions) {
    this.#options = options;
    this.#metrics = { ...options.metrics };
  }

  report(progress: unknown): void {
    const fact = progressFrom(progress);
    if (!fact || this.#stale) return;
    this.#options.onReport?.();
    for (const name in fact.metrics) setMember(this.#metrics, name, fact.metrics[name]);
    if (this.#merged) this.#merged = { fact: mergedProgress(this.#merged.fact, fact), count: this.#merged.count + 1 };
    else if (this.#waiting.length < maxFactsPerTick) this.#waiting.push({ fact });
    else this.#merged = { fact, count: 1 };
    this.#schedule();
  }

  log(text: unknown, level: LogLevel = "info"): void {
    const line = textFrom(text);
    if (this.#stale || line === undefined) return;
    if (this.#waiting.length >= maxFactsPerTick) this.#droppedLines++;
    else this.#waiting.push({ fact: { type: "log", level: levels.has(level) ? level : "info", text: line } });
    this.#schedule();
  }

  async checkpoint({ step, data, file }: Parameters<TrainCall["checkpoint"]>[0]): Promise<void> {
    const version = this.#options.version();
    if (!Number.isFinite(step)) throw invalidArgs("/step", "type", "The step of a checkpoint must be a finite number.");
    const blob = file === undefined ? undefined : await this.#put(modelFile(file));
    await this.#keep({
      fact: { type: "checkpoint", step },
      // A copy: the model may go on changing its data.
      ...(data !== undefined && { data: toJson(data, { copy: true }) }),
      ...(blob && { blob }),
      ...(version !== undefined && { version }),
    });
  }

  async artifact(...[name, file, options = {}]: Parameters<TrainCall["artifact"]>): Promise<void> {
    if (!isName("artifact", name)) {
      throw invalidArgs("/name", "pattern", `The name of an artifact must be ${nameRules.artifact}.`);
    }
    const blob = await this.#put(modelFile(file, options));
    const { size, contentType } = blob;
    await this.#keep({ fact: { type: "artifact", name, size, contentType }, blob });
  }

  async publish(...[file, options = {}]: Parameters<TrainCall["publish"]>): Promise<void> {
    checkPublishOptions(options);
    const { promote } = options;
    const publication = { metrics: { ...this.#metrics }, ...(promote !== undefined && { promote }) };
    const blob = await this.#put(modelFile(file));
    await this.#keep({ fact: { type: "published" }, blob, publication });
    this.published = { ...publication, blob };
  }

  finish(entries: readonly LogAppend[]): Promise<"kept" | "stale"> {
    return this.#append([...this.#take(), ...entries]);
  }

  /** Appends `entry` after all waiting entries. Resolves when it is kept. */
  async #keep(entry: LogAppend): Promise<void> {
    const answer = await this.#append([...this.#take(), entry]);
    if (answer === "kept") return;
    if (entry.blob) await this.#options.blobs.delete(entry.blob);
    throw new DeepaasError("failed_precondition", "This attempt of the run is over.");
  }

  #take(): LogAppend[] {
    const entries = this.#waiting;
    const merged = this.#merged;
    if (merged) entries.push({ fact: merged.count > 1 ? { ...merged.fact, merged: merged.count } : merged.fact });
    if (this.#droppedLines > 0) {
      const text = `${this.#droppedLines} more lines were dropped: too many at once.`;
      entries.push({ fact: { type: "log", level: "warning", text } });
    }
    this.#waiting = [];
    this.#merged = undefined;
    this.#droppedLines = 0;
    return entries;
  }

  #append(entries: readonly LogAppend[]): Promise<"kept" | "stale"> {
    if (entries.length > 0) this.#backlog.push({ appendNumber: ++this.#appendNumber, entries });
    const next = this.#appends.then(() => this.#drain());
    this.#appends = next.catch(() => {});
    return next;
  }

  async #drain(): Promise<"kept" | "stale"> {
    const { runId, attempt, onLost } = this.#options;
    for (let batch = this.#backlog[0]; batch && !this.#stale; batch = this.#backlog[0]) {
      const { entries, appendNumber } = batch;
      try {
        if ((await this.#kept(runId, entries, { attempt, appendNumber })) === "stale") {
          this.#stale = true;
          // Nothing more is appended: `flush` must not wait for it.
          this.#backlog.length = 0;
          onLost(new DeepaasError("failed_precondition", "A newer attempt has taken over the run, or it was removed."));
          return "stale";
        }
      } catch (error) {
        this.#broken = true;
        const message = `The store could not keep the reports of the run: ${causeOf(error)}`;
        const reason = new DeepaasError("unavailable", message, { cause: error });
        onLost(reason);
        throw reason;
      }
      this.#broken = false;
      this.#backlog.shift();
    }
    return this.#stale ? "stale" : "kept";
  }

  /**
   * Appends, and retries for `patienceMs` what the store refuses: safe, because `appendNumber` makes it idempotent. Meanwhile
   * reports are merged, and a checkpoint waits.
   */
  #kept(...append: Parameters<RunStore["append"]>): Promise<"kept" | "stale"> {
    return this.#patiently(
      () => this.#options.store.append(...append),
      (error) => !this.#broken && !isDamage(error),
    );
  }

  /** Stores a file, and retries while the disk is full. A stream cannot be read again, so its first failure is the last. */
  async #put(file: ModelFile): Promise<BlobRef> {
    let first: unknown;
    const isFull = () => DeepaasError.is(first) && first.code === "unavailable";
    try {
      return await this.#patiently(
        () => this.#options.blobs.put(file),
        (error) => {
          first ??= error;
          return isFull() && DeepaasError.is(error) && error.code === "unavailable";
        },
      );
    } catch {
      // Not the model's fault: the run goes on from its last checkpoint.
      if (isFull()) {
        const message = `A file of the run could not be stored: ${causeOf(first)}`;
        this.#options.onLost(new DeepaasError("unavailable", message, { cause: first }));
      }
      throw first;
    }
  }

  async #patiently<T>(work: () => Promise<T>, mayRetry: (error: unknown) => boolean): Promise<T> {
    const { patienceMs, closing } = this.#options;
    const startedAt = performance.now();
    for (let delayMs = 50; ; delayMs = Math.min(delayMs * 2, 1_000)) {
      try {
        return await work();
      } catch (error) {
        const leftMs = patienceMs - (performance.now() - startedAt);
        if (!mayRetry(error) || closing.aborted || leftMs <= 0) throw error;
        await sleep(Math.min(delayMs, leftMs), closing);
      }
    }
  }

  #schedule(): void {
    if (this.#scheduled) return;
    this.#scheduled = true;
    onNextTick(() => this.#flush());
  }

  /** One batch at a time: while the store is slow, new reports are merged instead of queued. */
  #flush(): void {
    if (!this.#broken && this.#backlog.length > 0) {
      void this.#appends.then(() => this.#flush());
      return;
    }
    this.#scheduled = false;
    if (!this.#broken) this.#append(this.#take()).catch(() => {});
  }
}

/** Only an error of this project has a message for everybody. */
function causeOf(error: unknown): string {
  return DeepaasError.is(error) ? error.message : "see the server's log.";
}

/** A damaged store does not become better. */
function isDamage(error: unknown): boolean {
  return DeepaasError.is(error) && error.code === "internal";
}

function mergedProgress(before: ProgressFact, fact: ProgressFact): ProgressFact {
  const metrics = { ...before.metrics, ...fact.metrics };
  return { ...before, ...fact, ...(Object.keys(metrics).length > 0 && { metrics }) };
}

/** Handles the rejection: a model that does not await a checkpoint must not end the process. */
function handled<A extends readonly unknown[]>(work: (...args: A) => Promise<void>): (...args: A) => Promise<void> {
  return (...args) => {
    const promise = work(...args);
    promise.catch(() => {});
    return promise;
  };
}

/** Returns the text of a log line, or undefined if it has none. Never throws. */
export function textFrom(text: unknown): string | undefined {
  try {
    return String(text).slice(0, maxTextLength);
  } catch {
    return undefined;
  }
}

const levels: ReadonlySet<string> = new Set(["debug", "info", "warning", "error"]);

/** Returns a report in its wire form, without members of a wrong type. Undefined if nothing is left. Never throws. */
export function progressFrom(progress: unknown): ProgressFact | undefined {
  try {
    const { step, total, metrics, message } = (progress ?? {}) as Record<string, unknown>;
    // Hot path: a model may report a hundred thousand times per second.
    const fact: { -readonly [K in keyof ProgressFact]: ProgressFact[K] } = { type: "progress" };
    if (Number.isFinite(step)) fact.step = step as number;
    if (Number.isFinite(total)) fact.total = total as number;
    if (metrics !== undefined && metrics !== null) {
      const reported = metricsFrom(metrics);
      if (reported) fact.metrics = reported;
    }
    if (message !== undefined) fact.message = String(message).slice(0, maxTextLength);
    return fact;
  } catch {
    return undefined;
  }
}

function metricsFrom(metrics: object): Record<string, MetricValue> | undefined {
  let reported: Record<string, MetricValue> | undefined;
  for (const name of Object.keys(metrics)) {
    const value = metricFrom((metrics as Readonly<Record<string, unknown>>)[name]);
    if (value === undefined) continue;
    reported ??= {};
    setMember(reported, name, value);
  }
  return reported;
}

/** Accepts the wire form, which a worker sends. */
function metricFrom(value: unknown): MetricValue | undefined {
  if (value === "NaN" || value === "Infinity" || value === "-Infinity") return value;
  const number =
    typeof value === "number"
      ? value
      : typeof value === "bigint" || typeof value === "boolean"
        ? Number(value)
        : undefined;
  if (number === undefined) return undefined;
  return Number.isFinite(number) ? number : (String(number) as MetricValue);
}
