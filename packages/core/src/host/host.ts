// The host: the `ModelService` that runs warmed models. `createHost` builds its parts.

import { throwIfAborted } from "../contract/abort-reason.ts";
import { modelNotFound } from "../contract/common-errors.ts";
import { DeepaasError, type ErrorCode, errorDataFrom, invalidArgs } from "../contract/error.ts";
import type { Grant } from "../contract/grant.ts";
import type { JsonValue } from "../contract/json.ts";
import { isNewToLog } from "../contract/logged-error.ts";
import type { Logger } from "../contract/logger.ts";
import { type FileSource, isModelFile, type ModelFile } from "../contract/model-file.ts";
import type { CallOptions, ModelDescription, ModelMetadata, ModelService } from "../contract/model-service.ts";
import { settlesWithin, timeoutSignal } from "../contract/race.ts";
import type { Page, Run, RunEvent, RunFilter } from "../contract/run.ts";
import type { RunMetrics, RunMetricsOptions } from "../contract/run-metrics.ts";
import type { NodeStats, ServiceStats, ServiceStatus } from "../contract/service-stats.ts";
import type { AddVersionOptions, ModelVersions, WeightsVersion } from "../contract/weights.ts";
import type { Executor, ExecutorStatus, Outcome } from "../ports/executor.ts";
import type { HostObserver } from "../ports/observer.ts";
import type { RunEngine } from "../ports/run-engine.ts";
import type { RunStore } from "../ports/run-store.ts";
import { clock } from "../predict/call-counts.ts";
import { CallScope, hasEnd } from "../predict/call-scope.ts";
import { endStream } from "../predict/end-stream.ts";
import type { OpenWatches } from "../runs/open-watches.ts";
import type { RunManager } from "../runs/run-manager.ts";
import type { StoreHealth } from "../runs/store-health.ts";
import { watchRun } from "../runs/watch.ts";
import type { WeightsManager } from "../weights/weights-manager.ts";
import type { HostCode } from "./host-code.ts";
import type { CheckedLimits, Models } from "./options.ts";
import type { ServedModel } from "./served-code.ts";
import { serviceStats } from "./service-stats.ts";

/** `M`: the models by name, from which `connectInProcess` and `typedModel` infer types. */
export interface Host<M extends Models = Models> extends ModelService, AsyncDisposable {
  readonly "~models"?: M;
  /**
   * Refuses new calls with `unavailable`, waits up to `drainMs` for predicts and up to `limits.graceMs` for trainings, and
   * ends the rest. Default: `limits.drainMs`. Later calls return the same promise.
   */
  close(options?: { readonly drainMs?: number }): Promise<void>;
  /**
   * Keeps weights that were made elsewhere as the next version of the model. It is served if the model's and the host's
   * `promote` allow it. Returns the version. Not part of the seam: weights can be code, so they never come over the network.
   */
  addVersion(model: string, file: FileSource, options?: AddVersionOptions): Promise<WeightsVersion>;
  /**
   * Loads the code of all models anew, for modules that have changed on disk, and serves it once it is warm and checked as at
   * the start. No call is dropped: a call is validated and run by the code that was served when it was made, also if it waits.
   * A training that runs goes on with its code; a later one, or a later attempt, gets the new code. Reloads run one after the
   * other. Until both have ended their models are in memory twice.
   *
   * Rejects, and changes nothing, if the new code cannot be served: as `createHost` does, `cancelled` if `signal` is aborted
   * before, `unavailable` if the host is closed, and `not_implemented` if the executor cannot do it (models run inline).
   */
  reloadCode(options?: { readonly signal?: AbortSignal }): Promise<void>;
}

export interface HostParts {
  readonly executor: Executor;
  readonly store: RunStore;
  readonly health: StoreHealth;
  readonly watches: OpenWatches;
  readonly engine: RunEngine;
  readonly runs: RunManager;
  readonly weights: WeightsManager;
  readonly code: HostCode;
  readonly observer: HostObserver | undefined;
  readonly node: NodeStats | undefined;
  readonly limits: CheckedLimits;
  readonly logger: Logger;
  /** Aborted once the drain is over: watches end, and failed writes are not retried. */
  readonly closing: AbortController;
}

/** Time for the engine to give back what has just been killed, in milliseconds. */
const partingMs = 5_000;

export class HostImpl implements Host {
  readonly #parts: HostParts;
  readonly #startedAt = new Date().toISOString();
  #closed: Promise<void> | undefined;

  constructor(parts: HostParts) {
    this.#parts = parts;
  }

  async models(options: CallOptions = {}): Promise<readonly ModelMetadata[]> {
    this.#admit(options);
    return [...this.#parts.code.current.models.keys()].map((model) => this.#describe(model).metadata);
  }

  async describe(model: string, options: CallOptions = {}): Promise<ModelDescription> {
    this.#admit(options);
    return this.#describe(model);
  }

  async predict(model: string, args: unknown, options: CallOptions = {}): Promise<JsonValue | ModelFile> {
    this.#admit(options);
    const startedAt = clock.now();
    const served = this.#servedModel(model, "predict");
    const valid = served.predictArgs(args);
    const call = new CallScope(options);
    const { scheduler } = served.code;
    const observed = this.#observe(model, call, false);
    const release = this.#start(call, served, options);
    let version: number | undefined;
    try {
      const outcome = await call.run(() => scheduler.predict(served.lane, valid, call));
      ({ version } = outcome);
      if (outcome.version !== undefined) options.onVersion?.(outcome.version);
      const value = this.#valueOf(outcome, served, call);
      observed?.end?.({ version });
      served.counts.add(startedAt);
      return value;
    } catch (error) {
      const { code } = errorDataFrom(error);
      observed?.end?.({ version, error: code });
      served.counts.add(startedAt, code);
      throw error;
    } finally {
      release();
    }
  }

  async *predictStream(
    model: string,
    args: unknown,
    options: CallOptions = {},
  ): AsyncGenerator<JsonValue, void, undefined> {
    this.#admit(options);
    const startedAt = clock.now();
    const served = this.#servedModel(model, "predictStream");
    const valid = served.predictArgs(args);
    const call = new CallScope(options);
    const { predictor, scheduler } = served.code;
    const observed = this.#observe(model, call, true);
    const release = this.#start(call, served, options);
    let failure: { readonly error?: ErrorCode } = {};
    let version: number | undefined;
    let entering: Promise<(failed: boolean) => void> | undefined;
    let items: AsyncIterator<Outcome> | undefined;
    try {
      entering = scheduler.enter(served.lane, call);
      await call.run(() => entering as Promise<unknown>);
      items = predictor.predictStream(model, valid, call)[Symbol.asyncIterator]();
      for (;;) {
        const next = items.next.bind(items);
        const item = await call.run(() => next());
        if (item.done) return served.counts.add(startedAt);
        if (version === undefined && item.value.version !== undefined) {
          options.onVersion?.(item.value.version);
          ({ version } = item.value);
        }
        if (!item.value.ok) throw DeepaasError.from(item.value.error, item.value.cause);
        yield item.value.value as JsonValue;
      }
    } catch (error) {
      const { code } = errorDataFrom(error);
      failure = { error: code };
      served.counts.add(startedAt, code);
      throw error;
    } finally {
      release();
      observed?.end?.({ version, ...failure });
      call.end(new DeepaasError("cancelled", "The caller left the stream."));
      // Not awaited: a model that hangs keeps its slot, but not its caller.
      void endStream(items, entering, failure.error !== undefined);
    }
  }

  async train(model: string, args: unknown, options: CallOptions & { readonly runId?: string } = {}): Promise<Run> {
    return this.#callRuns(options, async (runs) => {
      const { description, trainArgs: validate } = this.#servedModel(model, "train");
      const { runId, caller, requestId, traceparent } = options;
      return runs.train({ model, description, validate, args, runId, owner: caller?.id, requestId, traceparent });
    });
  }

  async run(id: string, options: CallOptions = {}): Promise<Run> {
    return this.#callRuns(options, (runs) => runs.run(id));
  }

  async runs(filter: RunFilter = {}, options: CallOptions = {}): Promise<Page<Run>> {
    return this.#callRuns(options, (runs) => runs.runs(filter));
  }

  async cancel(id: string, options: CallOptions = {}): Promise<Run> {
    return this.#callRuns(options, (runs) => runs.cancel(id));
  }

  async remove(id: string, options: CallOptions = {}): Promise<void> {
    return this.#callRuns(options, (runs) => runs.remove(id));
  }

  watch(
    id: string,
    options: CallOptions & { readonly after?: number } = {},
  ): AsyncGenerator<RunEvent, void, undefined> {
    const { after, timeoutMs } = options;
    const signals = [this.#parts.closing.signal];
    for (const signal of [options.signal, options.caller?.signal]) if (signal) signals.push(signal);
    if (timeoutMs !== undefined) signals.push(timeoutSignal(timeoutMs));
    return watchRun(this.#parts.store, id, {
      signal: AbortSignal.any(signals),
      onStart: () => this.#admit(options),
      watches: this.#parts.watches,
      mapError: (error) => this.#mapError(error, options),
      ...(after !== undefined && { after }),
    });
  }

  async metrics(id: string, options: CallOptions & RunMetricsOptions = {}): Promise<RunMetrics> {
    const { points, names } = options;
    return this.#callRuns(options, (runs, _weights, signal) =>
      runs.metrics(id, { signal, ...(points !== undefined && { points }), ...(names !== undefined && { names }) }),
    );
  }

  async artifact(id: string, name: string, options: CallOptions = {}): Promise<ModelFile> {
    return this.#callRuns(options, (runs) => runs.artifact(id, name));
  }

  /** Grants need a policy: see `withAccess`. */
  async grant(_id: string, options: CallOptions): Promise<Grant> {
    this.#admit(options);
    throw new DeepaasError("not_implemented", "This service has no access policy.");
  }

  async versions(model: string, options: CallOptions = {}): Promise<ModelVersions> {
    return this.#callRuns(options, (_runs, weights) => {
      this.#servedModel(model);
      return weights.versions(model);
    });
  }

  async serveVersion(model: string, version: number, options: CallOptions = {}): Promise<ModelVersions> {
    return this.#callRuns(options, async (_runs, weights) => {
      this.#servedModel(model);
      await weights.serve(model, checkVersion(version), { by: options.caller?.id, reason: "requested" });
      return weights.versions(model);
    });
  }

  async removeVersion(model: string, version: number, options: CallOptions = {}): Promise<void> {
    return this.#callRuns(options, (_runs, weights) => {
      this.#servedModel(model);
      return weights.remove(model, checkVersion(version));
    });
  }

  async addVersion(model: string, file: FileSource, options: AddVersionOptions = {}): Promise<WeightsVersion> {
    return this.#callRuns({}, (_runs, weights) => {
      this.#servedModel(model);
      return weights.add(model, file, options);
    });
  }

  async reloadCode({ signal }: { readonly signal?: AbortSignal } = {}): Promise<void> {
    this.#admit({});
    await this.#parts.code.reload(signal);
  }

  async status(_options?: CallOptions): Promise<ServiceStatus> {
    if (this.#closed) return { state: "closing", reasons: ["the server is shutting down"] };
    const { executor, health, weights } = this.#parts;
    const { state, reasons }: ExecutorStatus = executor.status();
    const all = [...reasons, ...health.reasons(), ...weights.problems];
    return { state: state === "ready" && all.length === 0 ? "ready" : "degraded", reasons: all };
  }

  async stats(options: CallOptions = {}): Promise<ServiceStats> {
    return this.#callRuns(options, async () =>
      serviceStats(this.#parts, { startedAt: this.#startedAt, status: await this.status() }),
    );
  }

  close(options: { readonly drainMs?: number } = {}): Promise<void> {
    this.#closed ??= this.#close(options.drainMs ?? this.#parts.limits.drainMs);
    return this.#closed;
  }

  [Symbol.asyncDispose](): Promise<void> {
    return this.close();
  }

  async #close(drainMs: number): Promise<void> {
    const { code, engine, executor, store, runs, weights, limits, logger, closing } = this.#parts;
    const gone = new DeepaasError("unavailable", "The server is shutting down.");
    code.stopReloads(gone);
    const predicts = settlesWithin(drainMs, code.whenIdle());
    const engineClosed = engine.close();
    const trainings = settlesWithin(limits.graceMs, engineClosed);
    if (!(await predicts)) for (const call of code.calls) call.end(gone);
    if (!(await trainings)) logger.warn({ graceMs: limits.graceMs }, "a training did not stop within graceMs");
    closing.abort(gone);
    await executor.close();
    // What did not stop has been killed, unless it runs in this process: its attempt is recorded, and its run is given back.
    if (!executor.inline) await settlesWithin(partingMs, engineClosed);
    await code.reloadsEnded();
    await weights.close();
    await runs.close();
    await store.close();
  }

  #admit({ signal, caller }: CallOptions): void {
    if (this.#closed) throw new DeepaasError("unavailable", "The server is shutting down.");
    throwIfAborted(signal);
    throwIfAborted(caller?.signal);
  }

  /** With the version of its weights that is served now. */
  #describe(model: string): ModelDescription {
    const served = this.#servedModel(model);
    const { description, shown } = served;
    const weightsVersion = this.#parts.weights.loaded(model);
    if (shown.metadata.weightsVersion === weightsVersion) return shown;
    served.shown = { ...description, metadata: { ...description.metadata, weightsVersion } };
    return served.shown;
  }

  /** Calls a manager with the signal and the timeout of the caller, as a predict has them. */
  async #callRuns<T>(
    options: CallOptions,
    call: (runs: RunManager, weights: WeightsManager, signal?: AbortSignal) => Promise<T>,
  ): Promise<T> {
    this.#admit(options);
    const { runs, weights } = this.#parts;
    try {
      if (!hasEnd(options)) return await call(runs, weights);
      const scope = new CallScope(options);
      scope.guard(options.timeoutMs);
      try {
        return await scope.run(async () => call(runs, weights, scope.signal));
      } finally {
        scope.unguard();
      }
    } catch (error) {
      throw this.#mapError(error, options);
    }
  }

  /** Logs an error that is not a `DeepaasError`, and returns `internal` in its place. */
  #mapError(error: unknown, { requestId }: CallOptions): DeepaasError {
    if (DeepaasError.is(error)) return error;
    if (isNewToLog(error)) this.#parts.logger.error({ err: error, requestId }, "run operation failed");
    return DeepaasError.from(errorDataFrom(error), error);
  }

  #servedModel(model: string, member?: "predict" | "predictStream" | "train"): ServedModel {
    const served = this.#parts.code.current.models.get(model);
    if (!served) throw modelNotFound(model);
    if (member && !served.description.has[member])
      throw new DeepaasError("not_implemented", `Model ${model} has no ${member}.`);
    return served;
  }

  /** Registers a call and starts its timeout. The returned function ends both. */
  #start(call: CallScope, { code, counts, timeoutMs: defaultMs }: ServedModel, options: CallOptions): () => void {
    const timeoutMs = options.timeoutMs ?? (defaultMs > 0 ? defaultMs : undefined);
    call.guard(timeoutMs);
    code.calls.add(call);
    counts.open++;
    return () => {
      call.unguard();
      counts.open--;
      code.leave(call);
    };
  }

  #observe(model: string, call: CallScope, stream: boolean) {
    const { observer } = this.#parts;
    if (!observer?.predict) return undefined;
    const { requestId, traceparent, caller } = call;
    return call.within(observer.predict({ model, requestId, traceparent, caller, stream }));
  }

  #valueOf(outcome: Outcome, { response, lane: { model } }: ServedModel, call: CallScope): JsonValue | ModelFile {
    if (!outcome.ok) throw DeepaasError.from(outcome.error, outcome.cause);
    const value = outcome.value as JsonValue | ModelFile;
    if (response && !isModelFile(value) && !response.check(value)) {
      this.#parts.logger.error(
        { model, requestId: call.requestId, issues: response.issues(value) },
        "the model's answer does not match its schema",
      );
      throw new DeepaasError("invalid_response", "The model's answer does not match its schema.");
    }
    return value;
  }
}

function checkVersion(version: unknown): number {
  if (Number.isSafeInteger(version) && (version as number) >= 0) return version as number;
  throw invalidArgs("/version", "type", "A version is a whole number from 0.");
}
