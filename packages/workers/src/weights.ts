// Which weights the workers serve, and how they change.
import type { Logger, ModelFile } from "@deepaas/core";
import type { WeightsVersion } from "./messages.ts";
import type { WorkerPool } from "./pool.ts";
import type { WeightsByModel, WorkerProcess } from "./process.ts";
import type { SharedFolder } from "./shared-folder.ts";

export interface WeightsOptions {
  readonly predictPool: WorkerPool;
  /** Absent if trainings share the workers of `predictPool`. */
  readonly trainPool: WorkerPool | undefined;
  readonly logger: Logger;
  /** Rejects if the worker cannot load the weights; undefined are the shipped ones. */
  readonly reload: (worker: WorkerProcess, model: string, weights: WeightsVersion | undefined) => Promise<void>;
}

export class ServedWeights {
  readonly #options: WeightsOptions;
  /** The newest version number that was assigned, by model. Numbers of weights that failed to load are not used again. */
  readonly #newest = new Map<string, number>();
  #current: WeightsByModel = new Map();
  #lastRefresh: Promise<unknown> = Promise.resolve();

  constructor(options: WeightsOptions) {
    this.#options = options;
  }

  get current(): WeightsByModel {
    return this.#current;
  }

  /** Before any worker is started: the weights published for each model, as version 1. */
  async load(
    models: readonly string[],
    published: (model: string) => Promise<ModelFile | undefined>,
    folder: SharedFolder,
  ): Promise<void> {
    const current = new Map<string, WeightsVersion>();
    for (const model of models) {
      const file = await published(model);
      if (file) current.set(model, { version: this.#nextVersion(model), file: await folder.copyOf(file) });
    }
    this.#current = current;
  }

  /** One refresh at a time. Rejects if the new weights cannot be loaded; then nothing has changed. */
  refresh(model: string, published: ModelFile | undefined, folder: SharedFolder): Promise<void> {
    const refreshed = this.#lastRefresh.then(() => this.#refresh(model, published, folder));
    this.#lastRefresh = refreshed.catch(() => {});
    return refreshed;
  }

  async #refresh(model: string, published: ModelFile | undefined, folder: SharedFolder): Promise<void> {
    const { predictPool, trainPool, logger } = this.#options;
    const file = published && (await folder.copyOf(published));
    const version = file && { version: this.#nextVersion(model), file };
    const weights = new Map(this.#current);
    if (version) weights.set(model, version);
    else weights.delete(model);
    const change = {
      model,
      weights,
      reload: (worker: WorkerProcess) => this.#options.reload(worker, model, version),
    };
    // The first worker shows whether they can be loaded; until then nothing changes.
    const [first, ...others] = predictPool.slots;
    try {
      await first?.applyWeights(change);
    } catch (error) {
      if (file) folder.delete([file.path as string]);
      throw error;
    }
    this.#current = weights;
    for (const slot of others) {
      await slot.applyWeights(change).catch((error: unknown) => {
        logger.error(
          { err: error, model, version: version?.version ?? 0 },
          "loading weights failed; replacing the worker",
        );
        slot.worker?.kill("new weights could not be loaded");
      });
    }
    for (const slot of trainPool?.slots ?? []) slot.drain();
  }

  #nextVersion(model: string): number {
    const version = (this.#newest.get(model) ?? 0) + 1;
    this.#newest.set(model, version);
    return version;
  }
}
