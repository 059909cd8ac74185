// What a training says, on its way into the log: batched per tick, merged before it is numbered, appended in order.
import { DeepaasError, invalidArgs } from "../contract/error.ts";
import { toJson } from "../contract/json.ts";
import { modelFile } from "../contract/model-file.ts";
import { isName, nameRules } from "../contract/names.ts";
import { onNextTick } from "../contract/next-tick.ts";
import { checkPublishOptions } from "../contract/options.ts";
import type { LogLevel, MetricValue, ProgressFact } from "../contract/run.ts";
import type { BlobRef, BlobStore } from "../ports/blob-store.ts";
import type { TrainCall } from "../ports/executor.ts";
import type { LogAppend, RunStore } from "../ports/run-store.ts";

const maxFactsPerTick = 256;
const maxTextLength = 16_384;

export interface ReporterOptions {
  readonly store: RunStore;
  readonly blobs: BlobStore;
  readonly runId: string;
  readonly attempt: number;
  /** Of the model: kept with each checkpoint. */
  readonly version: string | undefined;
  /** A newer attempt has taken over, or the store can keep nothing: the work is to stop. May be called twice. */
  readonly onLost: (reason: DeepaasError) => void;
}

export interface RunReporter extends Pick<TrainCall, "report" | "log" | "checkpoint" | "artifact" | "publish"> {
  /** What `publish` was given last. */
  readonly published: () => BlobRef | undefined;
  /** Appends what waits and then `entries`; when it rejects, `finish([])` tries again what was not kept. */
  finish(entries: readonly LogAppend[]): Promise<"kept" | "stale">;
}

export function runReporter({ store, blobs, runId, attempt, version, onLost }: ReporterOptions): RunReporter {
  let waiting: LogAppend[] = [];
  let merged: { fact: ProgressFact; count: number } | undefined;
  let droppedLines = 0;
  let scheduled = false;
  let appends: Promise<unknown> = Promise.resolve();
  let appendNumber = 0;
  let published: BlobRef | undefined;
  let stale = false;
  let broken = false;
  // Batches on their way, oldest first. One that could not be kept stays, with its number, and is tried again.
  const backlog: { readonly appendNumber: number; readonly entries: readonly LogAppend[] }[] = [];

  const take = (): LogAppend[] => {
    const entries = waiting;
    if (merged) entries.push({ fact: merged.count > 1 ? { ...merged.fact, merged: merged.count } : merged.fact });
    if (droppedLines > 0) {
      entries.push({
        fact: { type: "log", level: "warning", text: `${droppedLines} more lines were dropped: too many at once.` },
      });
    }
    waiting = [];
    merged = undefined;
    droppedLines = 0;
    return entries;
  };

  const append = (entries: readonly LogAppend[]): Promise<"kept" | "stale"> => {
    if (entries.length > 0) backlog.push({ appendNumber: ++appendNumber, entries });
    const next = appends.then(drain);
    appends = next.catch(() => {});
    return next;
  };

  const drain = async (): Promise<"kept" | "stale"> => {
    for (let batch = backlog[0]; batch && !stale; batch = backlog[0]) {
      try {
        if ((await store.append(runId, batch.entries, { attempt, appendNumber: batch.appendNumber })) === "stale") {
          stale = true;
          onLost(
            new DeepaasError("failed_precondition", "A newer attempt of this run has taken over, or it was removed."),
          );
        }
      } catch (error) {
        broken = true;
        const reason = new DeepaasError("unavailable", "The store cannot keep what the run reports.", { cause: error });
        onLost(reason);
        throw reason;
      }
      broken = false;
      backlog.shift();
    }
    return stale ? "stale" : "kept";
  };

  // One batch at a time: while the store is slow, what comes is merged and does not pile up.
  const flush = () => {
    if (!broken && backlog.length > 0) {
      void appends.then(flush);
      return;
    }
    scheduled = false;
    if (!broken) append(take()).catch(() => {});
  };

  const schedule = () => {
    if (scheduled) return;
    scheduled = true;
    onNextTick(flush);
  };

  /** Appends `entry` after all that waits; resolves when it is kept. */
  const keep = async (entry: LogAppend) => {
    const answer = await append([...take(), entry]);
    if (answer === "kept") return;
    if (entry.blob) await blobs.delete(entry.blob);
    throw new DeepaasError("failed_precondition", "This attempt of the run is over.");
  };

  return {
    report(progress) {
      const fact = progressFrom(progress);
      if (!fact || stale) return;
      if (!merged && waiting.length < maxFactsPerTick) waiting.push({ fact });
      else if (!merged) merged = { fact, count: 1 };
      else {
        const metrics = { ...merged.fact.metrics, ...fact.metrics };
        merged = {
          fact: { ...merged.fact, ...fact, ...(Object.keys(metrics).length > 0 && { metrics }) },
          count: merged.count + 1,
        };
      }
      schedule();
    },

    log(text, level: LogLevel = "info") {
      const line = textFrom(text);
      if (stale || line === undefined) return;
      if (waiting.length >= maxFactsPerTick) droppedLines++;
      else waiting.push({ fact: { type: "log", level: levels.has(level) ? level : "info", text: line } });
      schedule();
    },

    checkpoint: handled(async ({ step, data, file }) => {
      if (!Number.isFinite(step)) throw invalidArgs("/step", "type", "The step of a checkpoint is a number.");
      const blob = file === undefined ? undefined : await blobs.put(modelFile(file));
      await keep({
        fact: { type: "checkpoint", step },
        // A copy: the model may go on changing what it gave.
        ...(data !== undefined && { data: toJson(data, { copy: true }) }),
        ...(blob && { blob }),
        ...(version !== undefined && { version }),
      });
    }),

    artifact: handled(async (name, file, options = {}) => {
      if (!isName("artifact", name)) {
        throw invalidArgs("/name", "pattern", `The name of an artifact is ${nameRules.artifact}`);
      }
      const blob = await blobs.put(modelFile(file, options));
      const { size, contentType } = blob;
      await keep({ fact: { type: "artifact", name, size, contentType }, blob });
    }),

    publish: handled(async (file, options = {}) => {
      checkPublishOptions(options);
      const blob = await blobs.put(modelFile(file));
      await keep({ fact: { type: "published" }, blob });
      published = blob;
    }),

    published: () => published,
    finish: (entries) => append([...take(), ...entries]),
  };
}

/** A model that does not await what it keeps must not end the process when it cannot be kept. */
function handled<A extends readonly unknown[]>(work: (...args: A) => Promise<void>): (...args: A) => Promise<void> {
  return (...args) => {
    const promise = work(...args);
    promise.catch(() => {});
    return promise;
  };
}

/** Undefined for what cannot be written down. Never throws. */
export function textFrom(text: unknown): string | undefined {
  try {
    return String(text).slice(0, maxTextLength);
  } catch {
    return undefined;
  }
}

const levels: ReadonlySet<string> = new Set(["debug", "info", "warning", "error"]);

/** Whatever a model reports, in its wire form; what is no progress at all is left out. Never throws. */
export function progressFrom(progress: unknown): ProgressFact | undefined {
  try {
    const { step, total, metrics, message } = (progress ?? {}) as Record<string, unknown>;
    // A model may report a hundred thousand times a second: no object more than what is kept.
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
    reported[name] = value;
  }
  return reported;
}

/** Also of a metric that a worker sent in its wire form. */
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
