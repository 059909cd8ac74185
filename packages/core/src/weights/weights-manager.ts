// The weights versions of the served models: which one this host has loaded, and how another one is put into service.
import { DeepaasError } from "../contract/error.ts";
import type { JsonValue } from "../contract/json.ts";
import type { Logger } from "../contract/logger.ts";
import { type FileSource, modelFile } from "../contract/model-file.ts";
import type { ModelDescription } from "../contract/model-service.ts";
import { checkAddVersionOptions } from "../contract/options.ts";
import { unrefTimer } from "../contract/race.ts";
import type { LogLevel, Run } from "../contract/run.ts";
import { Turns } from "../contract/turns.ts";
import type { AddVersionOptions, ModelVersions, PromotionRule, WeightsVersion } from "../contract/weights.ts";
import type { BlobStore } from "../ports/blob-store.ts";
import type { Executor, VersionFile } from "../ports/executor.ts";
import type { NewVersion, Publication, RunStore, StoredVersion, StoredVersions } from "../ports/run-store.ts";
import { digestOf } from "./digest.ts";
import { whyNotServed } from "./promotion.ts";
import { shownVersion, toModelVersions } from "./shown-versions.ts";

export interface WeightsManagerOptions {
  readonly store: RunStore;
  readonly blobs: BlobStore;
  readonly executor: Executor;
  readonly logger: Logger;
  /** Versions to keep of each model, besides the served one and the one served before. */
  readonly keepVersions: number;
  /** The host's own rule, which must allow a version as well. */
  readonly promote: PromotionRule;
  readonly describe: (model: string) => ModelDescription;
}

export interface ServedBy {
  readonly by?: string | undefined;
  readonly reason: string;
}

/** A line for the log of the run. */
export interface Decision {
  readonly level: LogLevel;
  readonly text: string;
}

/** A version that could not be loaded is tried again after this time, in milliseconds. */
const retryMs = 30_000;

/** The version that is served has changed since the decision was made. */
class OutdatedDecision extends Error {}

export class WeightsManager {
  readonly #options: WeightsManagerOptions;
  /** The number of the version that this host has loaded, by model. */
  readonly #loaded = new Map<string, number>();
  /** One change of a model at a time. */
  readonly #changes = new Turns();
  readonly #problems = new Map<string, string>();
  readonly #retries = new Map<string, ReturnType<typeof setTimeout>>();
  #unsubscribe: (() => void) | undefined;

  constructor(options: WeightsManagerOptions) {
    this.#options = options;
  }

  /** The number of the version that is loaded. */
  loaded(model: string): number {
    return this.#loaded.get(model) ?? 0;
  }

  /** Why the service is degraded. */
  get problems(): readonly string[] {
    return [...this.#problems.values()];
  }

  /** After warming: `loaded` by model. From now on this host serves what the store records. */
  start(loaded: ReadonlyMap<string, number>): void {
    for (const [model, number] of loaded) this.#loaded.set(model, number);
    this.#unsubscribe = this.#options.store.subscribeServed((model) => {
      if (this.#loaded.has(model)) this.#followInTurn(model);
    });
    // It may have changed while the models were warmed.
    for (const model of loaded.keys()) this.#followInTurn(model);
  }

  /** Resolves when no change is under way. */
  async close(): Promise<void> {
    this.#unsubscribe?.();
    this.#unsubscribe = undefined;
    for (const timer of this.#retries.values()) clearTimeout(timer);
    await this.#changes.settled();
  }

  async versions(model: string): Promise<ModelVersions> {
    const stored = await this.#options.store.versions(model);
    return toModelVersions(model, stored, this.#options.describe(model).shippedMetrics);
  }

  /** Rejects as `ModelService.serveVersion` does. */
  async serve(model: string, number: number, by: ServedBy): Promise<void> {
    await this.#change(model, (row) => this.#serve(model, number, { ...by, row }));
  }

  async remove(model: string, number: number): Promise<void> {
    if (number === 0) throw new DeepaasError("failed_precondition", "Version 0 is shipped with the model.");
    await this.#options.store.removeVersion(model, number);
  }

  /** Keeps a file as the next version, and serves it if the rules allow that. */
  async add(model: string, file: FileSource, options: AddVersionOptions): Promise<WeightsVersion> {
    checkAddVersionOptions(options);
    const { metrics = {}, promote } = options;
    const { blobs } = this.#options;
    const blob = await blobs.put(modelFile(file));
    const version = await this.#kept({ model, blob, metrics }).catch(async (error: unknown) => {
      await blobs.delete(blob);
      throw error;
    });
    await this.#decide(version, { model, promote, reason: "added" });
    return shownVersion(version);
  }

  /** Returns the version that an earlier attempt of the run had made when its server died. */
  async madeBy({ id, model }: Run): Promise<StoredVersion | undefined> {
    return (await this.#options.store.versions(model)).versions.find(({ runId }) => runId === id);
  }

  /** Keeps what a run has published as the next version. Returns undefined if the attempt is not the newest any more. */
  async publish(run: Run, { blob, metrics, promote }: Publication, result: JsonValue): Promise<Decision | undefined> {
    const { id: runId, model, owner, attempt } = run;
    const made = { model, blob, metrics, result, runId, ...(owner !== undefined && { owner }) };
    let version: StoredVersion | "stale";
    try {
      version = await this.#kept(made, attempt);
    } catch (error) {
      if (!DeepaasError.is(error) || error.code !== "not_found") throw error;
      return { level: "error", text: "the published weights are lost: no version is made of them" };
    }
    if (version === "stale") return undefined;
    return this.#decide(version, { model, promote, reason: `published by run ${runId}` });
  }

  #kept(version: NewVersion): Promise<StoredVersion>;
  #kept(version: NewVersion, attempt: number): Promise<StoredVersion | "stale">;
  async #kept(version: NewVersion, attempt?: number): Promise<StoredVersion | "stale"> {
    const { store, blobs } = this.#options;
    return store.addVersion({ ...version, sha256: await digestOf(version.blob, blobs) }, attempt);
  }

  async #decide(version: StoredVersion, offered: Offered): Promise<Decision> {
    const decision = await this.#change(offered.model, (row) => this.#decideOn(row, version, offered));
    await this.#prune(offered.model);
    return decision;
  }

  async #decideOn(row: StoredVersions, version: StoredVersion, { model, promote, reason }: Offered): Promise<Decision> {
    const { describe, promote: hostRule } = this.#options;
    const { number, owner } = version;
    const kept = (why: string) => ({ level: "info", text: `version ${number} is kept, not served: ${why}` }) as const;
    // An earlier attempt of the run had decided when its server died.
    const isDecided = row.history.some(({ to }) => to === number);
    if (isDecided && row.served !== number) return kept(`version ${row.served} was chosen since`);
    const { promote: modelRule, shippedMetrics } = describe(model);
    const served = findVersion(row, row.served) ?? { number: 0, metrics: shippedMetrics };
    const why = isDecided ? undefined : whyNotServed([promote ?? modelRule, hostRule], version, served);
    if (why !== undefined) return kept(why);
    try {
      await this.#serve(model, number, { by: owner, reason, row });
    } catch (error) {
      if (!DeepaasError.is(error) || error.code !== "failed_precondition") throw error;
      return { ...kept("it cannot be loaded"), level: "error" };
    }
    return { level: "info", text: `version ${number} is served` };
  }

  /** Loads a version, records it as the served one and changes all workers. */
  async #serve(model: string, number: number, { by, reason, row }: ServedBy & { row: StoredVersions }): Promise<void> {
    const { executor, store, logger } = this.#options;
    if (number !== 0 && !findVersion(row, number))
      throw new DeepaasError("not_found", `Model ${model} has no version ${number}.`);
    if (row.served === number && this.loaded(model) === number) return;
    let refused: { readonly error: unknown } | undefined;
    const record = async () => {
      if (row.served === number) return;
      const change = { to: number, revision: row.revision, reason, ...(by !== undefined && { by }) };
      try {
        if ((await store.serveVersion(model, change)) === "stale") throw new OutdatedDecision();
      } catch (error) {
        refused = { error };
        throw error;
      }
    };
    try {
      await executor.refresh(model, await this.#fileOf(row, number), record);
    } catch (error) {
      if (refused) throw refused.error;
      logger.error({ err: error, model, version: number }, "a version of the weights could not be loaded");
      const message = `Version ${number} of ${model} cannot be loaded. See the server's log.`;
      throw new DeepaasError("failed_precondition", message, { cause: error });
    }
    this.#loaded.set(model, number);
    this.#problems.delete(model);
    logger.info({ model, version: number, reason }, "another version of the weights is served");
  }

  #followInTurn(model: string): void {
    void this.#changes.run(model, () => this.#follow(model));
  }

  /** Loads what the store records, which another host may have changed. Never rejects. */
  async #follow(model: string): Promise<void> {
    const { store, executor, logger } = this.#options;
    try {
      const row = await store.versions(model);
      if (row.served === this.loaded(model)) return;
      await executor.refresh(model, await this.#fileOf(row, row.served));
      this.#loaded.set(model, row.served);
      this.#problems.delete(model);
      logger.info({ model, version: row.served }, "another version of the weights is served");
    } catch (error) {
      logger.error({ err: error, model }, "the recorded version of the weights could not be loaded");
      this.#problems.set(model, `model ${model} does not serve the recorded version of its weights`);
      this.#retryFollow(model);
    }
  }

  #retryFollow(model: string): void {
    const isClosed = this.#unsubscribe === undefined;
    if (isClosed) return;
    clearTimeout(this.#retries.get(model));
    this.#retries.set(model, unrefTimer(setTimeout(() => this.#followInTurn(model), retryMs)));
  }

  /** Returns undefined for the shipped weights. Rejects `not_found` for a missing file, or one with another hash. */
  async #fileOf(row: StoredVersions, number: number): Promise<VersionFile | undefined> {
    const { blobs } = this.#options;
    const blob = findVersion(row, number)?.blob;
    if (!blob) return undefined;
    await blobs.verify?.(blob);
    return { version: number, file: await blobs.get(blob) };
  }

  /** Removes the oldest versions beyond `keepVersions`. Never rejects: the next version removes them as well. */
  async #prune(model: string): Promise<void> {
    const { store, keepVersions, logger } = this.#options;
    try {
      const { versions, served, history } = await store.versions(model);
      const needed = new Set([served, history.at(-1)?.from, versions.at(-1)?.number]);
      const removable = versions.filter(({ number }) => !needed.has(number));
      const surplus = Math.max(0, versions.length - keepVersions);
      for (const { number } of removable.slice(0, surplus)) await store.removeVersion(model, number);
    } catch (error) {
      logger.error({ err: error, model }, "old versions of the weights could not be removed");
    }
  }

  /** Changes what is served, based on what the store records. Tried again if that has changed meanwhile. */
  #change<T>(model: string, work: (row: StoredVersions) => Promise<T>): Promise<T> {
    return this.#changes.run(model, async () => {
      for (;;) {
        const row = await this.#options.store.versions(model);
        try {
          return await work(row);
        } catch (error) {
          if (!(error instanceof OutdatedDecision)) throw error;
        }
      }
    });
  }
}

interface Offered {
  readonly model: string;
  readonly promote: PromotionRule | undefined;
  readonly reason: string;
}

export function findVersion({ versions }: StoredVersions, number: number): StoredVersion | undefined {
  return versions.find((one) => one.number === number);
}
