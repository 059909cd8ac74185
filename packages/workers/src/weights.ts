// Which weights the workers serve, and how they change.
import type { Logger, ModelFile } from "@deepaas/core";
import type { VersionFile } from "@deepaas/core/ports";
import type { WorkerPool } from "./pool.ts";
import type { WeightsByModel, WorkerProcess } from "./process.ts";
import type { SharedFolder } from "./shared-folder.ts";
import type { LoadedWeights, WeightsChange, WorkerSlot } from "./slot.ts";

export interface WeightsOptions {
  readonly predictPool: WorkerPool;
  /** Absent if trainings share the workers of `predictPool`. */
  readonly trainPool: WorkerPool | undefined;
  readonly logger: Logger;
  /** Rejects if the worker cannot load the weights; undefined are the shipped ones. */
  readonly reload: (worker: WorkerProcess, model: string, weights: VersionFile | undefined) => Promise<void>;
}

export interface Refresh {
  readonly model: string;
  /** Undefined: the shipped weights. */
  readonly weights: VersionFile | undefined;
  /** Awaited between the first worker and the others. */
  readonly record?: (() => Promise<void>) | undefined;
}

export class ServedWeights {
  readonly #options: WeightsOptions;
  #current: WeightsByModel = new Map();
  #lastRefresh: Promise<unknown> = Promise.resolve();

  constructor(options: WeightsOptions) {
    this.#options = options;
  }

  get current(): WeightsByModel {
    return this.#current;
  }

  /** Before any worker is started. */
  async load(
    models: readonly string[],
    weights: (model: string) => Promise<VersionFile | undefined>,
    folder: SharedFolder,
  ): Promise<void> {
    // Of an earlier start that failed.
    for (const { file } of this.#current.values()) deleteCopy(file, folder);
    const current = new Map<string, VersionFile>();
    for (const model of models) {
      const loaded = await weights(model);
      if (loaded) current.set(model, { ...loaded, file: await folder.copyOf(loaded.file) });
    }
    this.#current = current;
  }

  /** Resolves when no refresh is under way; the next one waits until the returned function is called. */
  async hold(): Promise<() => void> {
    const before = this.#lastRefresh;
    const { promise, resolve } = Promise.withResolvers<void>();
    this.#lastRefresh = promise;
    await before;
    return resolve;
  }

  /** One refresh at a time. Rejects if the weights cannot be loaded, or as `record` does; then nothing has changed. */
  refresh(refresh: Refresh, folder: SharedFolder): Promise<void> {
    const refreshed = this.#lastRefresh.then(() => this.#refresh(refresh, folder));
    this.#lastRefresh = refreshed.catch(() => {});
    return refreshed;
  }

  async #refresh({ model, weights: given, record }: Refresh, folder: SharedFolder): Promise<void> {
    const { predictPool, trainPool } = this.#options;
    const next = given && { ...given, file: await folder.copyOf(given.file) };
    const weights = new Map(this.#current);
    if (next) weights.set(model, next);
    else weights.delete(model);
    const reload: WeightsChange["reload"] = (worker, wanted) => this.#options.reload(worker, model, wanted);
    const change = { model, weights, reload };
    const [first, ...others] = predictPool.slots;
    let loaded: LoadedWeights | undefined;
    try {
      // The first worker shows whether they can be loaded.
      loaded = await first?.loadWeights(change);
      await record?.();
    } catch (error) {
      await loaded?.undo();
      deleteCopy(next?.file, folder);
      throw error;
    }
    const previous = this.#current.get(model);
    this.#current = weights;
    loaded?.apply();
    for (const slot of others) await this.#change(slot, change);
    for (const slot of trainPool?.slots ?? []) slot.drain();
    deleteCopy(previous?.file, folder);
  }

  /** A worker that cannot load them is replaced by one that starts with them. */
  async #change(slot: WorkerSlot, change: WeightsChange): Promise<void> {
    try {
      (await slot.loadWeights(change)).apply();
    } catch (error) {
      const { model, weights } = change;
      const version = weights.get(model)?.version ?? 0;
      this.#options.logger.error({ err: error, model, version }, "loading weights failed; replacing the worker");
      slot.worker?.kill("new weights could not be loaded", { loss: "weights" });
    }
  }
}

function deleteCopy(file: ModelFile | undefined, folder: SharedFolder): void {
  if (file?.path !== undefined) folder.delete([file.path]);
}
