// Warms the models with the weights that their runs published, or with the shipped weights.
import { DeepaasError } from "../contract/error.ts";
import type { Logger } from "../contract/logger.ts";
import type { ModelFile } from "../contract/model-file.ts";
import type { ModelDescription } from "../contract/model-service.ts";
import type { BlobStore } from "../ports/blob-store.ts";
import type { Executor } from "../ports/executor.ts";
import type { RunStore } from "../ports/run-store.ts";

export interface WarmingParts {
  readonly executor: Executor;
  readonly store: RunStore;
  readonly blobs: BlobStore;
  readonly logger: Logger;
}

/** Rejects as the executor does, or if published weights exist but cannot be read. */
export async function warmModels(parts: WarmingParts): Promise<Readonly<Record<string, ModelDescription>>> {
  const trained = new Set<string>();
  const published = async (model: string) => {
    const weights = await publishedWeights(model, parts);
    if (weights) trained.add(model);
    return weights;
  };
  try {
    return await parts.executor.warm({ signal: new AbortController().signal, published });
  } catch (error) {
    if (trained.size === 0 || !(error instanceof Error)) throw error;
    // The weights may come from an older version of the model; the model's own error does not mention them.
    const names = [...trained].join(", ");
    throw new Error(`${error.message} (${names} had weights that an earlier training published)`, { cause: error });
  }
}

async function publishedWeights(model: string, { store, blobs, logger }: WarmingParts): Promise<ModelFile | undefined> {
  const ref = await store.published(model);
  try {
    return ref && (await blobs.get(ref));
  } catch (error) {
    if (!DeepaasError.is(error) || error.code !== "not_found") throw error;
    // Do not fail the start: the run with the lost weights can only be removed while the server runs.
    logger.error({ err: error, model }, "published weights not found; the shipped weights are served");
    return undefined;
  }
}
