// What the hooks of the host tell: calls, their waits and batches, attempts of trainings, and the store.
import type { HostObserver, Observed } from "@deepaas/core/ports";
import { batchSizes, callSeconds, storeSeconds } from "./buckets.ts";
import { clock } from "./clock.ts";
import { once } from "./once.ts";
import type { Recorder, Series } from "./recorder.ts";

interface End {
  readonly error?: string | undefined;
}

/** Observes the time until its end. */
class Timed implements Observed<End> {
  readonly #seriesOf: (code: string) => Series;
  readonly #startedAt = clock.now();

  constructor(seriesOf: (code: string) => Series) {
    this.#seriesOf = seriesOf;
  }

  end({ error }: End): void {
    this.#seriesOf(error ?? "ok").observe((clock.now() - this.#startedAt) / 1_000);
  }
}

/** Observes the time until its end, whatever the end is. */
class TimedWait implements Observed<End> {
  readonly #series: Series;
  readonly #startedAt = clock.now();

  constructor(series: Series) {
    this.#series = series;
  }

  end(): void {
    this.#series.observe((clock.now() - this.#startedAt) / 1_000);
  }
}

/** With a code or result that is not here a series begins when it first occurs: those of all codes would make a scrape much longer. */
const usualCodes = ["ok", "internal", "worker_lost"];
const usualResults = ["succeeded", "failed", "cancelled", "lost"];

export interface HostMetrics {
  readonly observer: HostObserver;
  /** Begins the usual series of a model at 0: `increase` and `rate` do not see what happened before the first sample of a series. */
  beginModel(model: string): void;
}

export function hostMetrics(recorder: Recorder): HostMetrics {
  const predicts = recorder.histogram(
    { name: "deepaas_predict_duration_seconds", help: "Time from the admission of a predict or stream to its answer." },
    callSeconds,
  );
  const waits = recorder.histogram(
    { name: "deepaas_predict_wait_seconds", help: "Time that a predict or stream waits for a slot." },
    callSeconds,
  );
  const batches = recorder.histogram(
    { name: "deepaas_batch_size", help: "Calls that are executed as one." },
    batchSizes,
  );
  const attempts = recorder.counter(
    {
      name: "deepaas_run_attempts_total",
      help: "Attempts of trainings that have ended, by what ended them.",
    },
    ["model", "result"],
  );
  const operations = recorder.histogram(
    { name: "deepaas_store_operation_duration_seconds", help: "Time of an operation of the run store." },
    storeSeconds,
  );
  const errors = recorder.counter(
    { name: "deepaas_store_operation_errors_total", help: "Operations of the run store that have failed." },
    ["operation", "code"],
  );
  const predictOf = once((model) => once((code) => predicts({ model, code })));
  const waitOf = once((model) => waits({ model }));
  const batchOf = once((model) => batches({ model }));
  const attemptOf = once((model) => once((result) => attempts({ model, result })));
  const operationOf = once((operation) => operations({ operation }));
  const errorOf = once((operation) => once((code) => errors({ operation, code })));
  const observer: HostObserver = {
    predict: ({ model }) => new Timed(predictOf(model)),
    wait: ({ model }) => new TimedWait(waitOf(model)),
    execute({ model, size }) {
      batchOf(model).observe(size);
      return undefined;
    },
    run: ({ model }) => ({
      end({ type }) {
        attemptOf(model)(type).value++;
      },
    }),
    store({ name }) {
      const startedAt = clock.now();
      return {
        end({ error }) {
          operationOf(name).observe((clock.now() - startedAt) / 1_000);
          if (error !== undefined) errorOf(name)(error).value++;
        },
      };
    },
  };
  return {
    observer,
    beginModel(model) {
      for (const code of usualCodes) predictOf(model)(code);
      for (const result of usualResults) attemptOf(model)(result);
      waitOf(model);
      batchOf(model);
    },
  };
}
