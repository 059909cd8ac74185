// Warms the models with the versions of their weights that the store records as served.
import { DeepaasError, errorText } from "../contract/error.ts";
import type { Logger } from "../contract/logger.ts";
import type { ModelDescription } from "../contract/model-service.ts";
import type { BlobStore } from "../ports/blob-store.ts";
import type { Executor, VersionFile } from "../ports/executor.ts";
import type { RunStore, StoredVersions } from "../ports/run-store.ts";
import { findVersion } from "../weights/weights-manager.ts";

export interface WarmingParts {
  readonly executor: Executor;
  readonly store: RunStore;
  readonly blobs: BlobStore;
  readonly logger: Logger;
  /** Other nodes serve the recorded versions: what cannot be loaded here is this node's own fault. */
  readonly isShared: boolean;
}

export interface WarmModels {
  readonly descriptions: Readonly<Record<string, ModelDescription>>;
  /** The number of the version that each model has loaded. */
  readonly loaded: ReadonlyMap<string, number>;
}

/**
 * A version that cannot be loaded is replaced by the one that was served before it; the store records that, with the reason.
 * Rejects as the executor does, if the models cannot be warmed with their shipped weights either.
 */
export async function warmModels(parts: WarmingParts): Promise<WarmModels> {
  const warming = new Warming(parts);
  let first: unknown;
  for (;;) {
    try {
      const weights = (model: string) => warming.weights(model);
      const descriptions = await parts.executor.warm({ signal: new AbortController().signal, weights });
      if (!parts.isShared) await warming.recordFallbacks();
      return { descriptions, loaded: warming.loaded };
    } catch (error) {
      first ??= error;
      if (!warming.fallBack(error)) throw first;
    }
  }
}

class Warming {
  readonly loaded = new Map<string, number>();
  readonly #parts: WarmingParts;
  readonly #rows = new Map<string, StoredVersions>();
  readonly #reasons = new Map<string, string>();
  /** A file could not be read for another reason than that it is missing or damaged. */
  #isUnreadable = false;

  constructor(parts: WarmingParts) {
    this.#parts = parts;
  }

  /** Returns the file of the version to load, undefined for the shipped weights. */
  async weights(model: string): Promise<VersionFile | undefined> {
    const { store, blobs, logger } = this.#parts;
    const row = this.#rows.get(model) ?? (await store.versions(model));
    this.#rows.set(model, row);
    if (!this.loaded.has(model)) this.loaded.set(model, row.served);
    for (;;) {
      const version = this.loaded.get(model) as number;
      const blob = findVersion(row, version)?.blob;
      if (!blob) {
        this.loaded.set(model, 0);
        return undefined;
      }
      try {
        await blobs.verify?.(blob);
        return { version, file: await blobs.get(blob) };
      } catch (error) {
        if (!DeepaasError.is(error) || error.code !== "not_found") {
          this.#isUnreadable = true;
          throw error;
        }
        logger.error({ err: error, model, version }, "the file of a version of the weights cannot be used");
        this.#replace(model, `version ${version} could not be loaded: its file is missing or damaged`);
      }
    }
  }

  /** Chooses earlier versions for the models that the error names, or for all. Returns false if there are none. */
  fallBack(error: unknown): boolean {
    if (this.#isUnreadable) return false;
    const text = errorText(error);
    const names = [...this.loaded.keys()];
    const named = names.filter((model) => text.includes(`Model ${model} `) || text.includes(`Model ${model}:`));
    const failed = (named.length > 0 ? named : names).filter((model) => this.loaded.get(model) !== 0);
    for (const model of failed) {
      const version = this.loaded.get(model);
      this.#parts.logger.error({ err: error, model, version }, "a version of the weights could not be loaded");
      this.#replace(model, `version ${version} could not be loaded at the start`);
    }
    return failed.length > 0;
  }

  async recordFallbacks(): Promise<void> {
    const { store, logger } = this.#parts;
    for (const [model, reason] of this.#reasons) {
      const { revision } = this.#rows.get(model) as StoredVersions;
      const to = this.loaded.get(model) as number;
      await store.serveVersion(model, { to, revision, reason });
      logger.warn({ model, version: to, reason }, "an earlier version of the weights is served");
    }
  }

  /** By the one that was served before it. */
  #replace(model: string, reason: string): void {
    const { history } = this.#rows.get(model) as StoredVersions;
    const version = this.loaded.get(model) as number;
    const before = history.findLast(({ to }) => to === version)?.from ?? 0;
    // Numbers only fall: a version that failed is not tried again.
    this.loaded.set(model, before < version ? before : 0);
    if (!this.#reasons.has(model)) this.#reasons.set(model, reason);
  }
}
