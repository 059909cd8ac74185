// Warms the models with the weights that their trainings published, or else with their own.
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

/** Rejects as the executor does, or when weights that are there cannot be read at the moment. */
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
    // They may be of another version of the model, and it does not say so.
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
    // A start that failed of it could never be mended: the run that published them can only be removed while serving.
    logger.error({ err: error, model }, "the published weights are gone; the shipped ones are served");
    return undefined;
  }
}
