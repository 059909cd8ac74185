// The in-process adapter: a `ModelService` and typed models in the same process.
import {
  isModelFile,
  type ModelService,
  type Models,
  rejectNoService,
  type TypedModel,
  toJson,
  toJsonArgs,
  typedModel,
} from "@deepaas/core";

export interface InProcess<M extends Models> extends ModelService {
  /** Does not check that the model exists: its first call rejects `not_found`. */
  model<K extends keyof M & string>(name: K): TypedModel<string extends keyof M ? unknown : M[K]>;
}

/**
 * Calls `service` as a remote adapter would: arguments and results are copies, and files are passed by reference. The types of
 * the models come from a host made by `createHost`. Closing the host remains with its owner.
 */
export function connectInProcess<M extends Models = Models>(
  service: ModelService & { readonly "~models"?: M },
): InProcess<M> {
  rejectNoService("connectInProcess", service);
  const seam: ModelService = {
    status: async (options) => copyOf(await service.status(options)),
    stats: async (options) => copyOf(await service.stats(options)),
    models: async (options) => copyOf(await service.models(options)),
    describe: async (model, options) => copyOf(await service.describe(model, options)),
    predict: async (model, args, options) => copyOf(await service.predict(model, copyOfArgs(args), options)),
    predictStream: (model, args, options) => {
      const sent = snapshot(args);
      return copies(() => service.predictStream(model, sent(), options));
    },
    train: async (model, args, options) => copyOf(await service.train(model, copyOfArgs(args), options)),
    run: async (id, options) => copyOf(await service.run(id, options)),
    runs: async (filter, options) => copyOf(await service.runs(filter, options)),
    cancel: async (id, options) => copyOf(await service.cancel(id, options)),
    remove: (id, options) => service.remove(id, options),
    watch: (id, options) => copies(() => service.watch(id, options)),
    metrics: async (id, options) => copyOf(await service.metrics(id, options)),
    artifact: (id, name, options) => service.artifact(id, name, options),
    grant: async (id, options) => copyOf(await service.grant(id, options)),
    versions: async (model, options) => copyOf(await service.versions(model, options)),
    serveVersion: async (model, version, options) => copyOf(await service.serveVersion(model, version, options)),
    removeVersion: (model, version, options) => service.removeVersion(model, version, options),
  };
  return { ...seam, model: (name) => typedModel(seam, name) };
}

/** Copies what a network would copy, so that neither side can change the data of the other. Files are passed by reference. */
function copyOf<T>(value: T): T {
  return (isModelFile(value) ? value : toJson(value, { copy: true })) as T;
}

const copyOfArgs = (args: unknown) => toJsonArgs(args, { copy: true });

/** Opens the iteration on its first read, so that an error is thrown where the reader can catch it. */
async function* copies<T>(open: () => AsyncIterable<T>): AsyncGenerator<T, void, undefined> {
  for await (const one of open()) yield copyOf(one);
}

/** Copies now. An error is thrown when the copy is used. */
function snapshot(args: unknown): () => unknown {
  try {
    const copy = copyOfArgs(args);
    return () => copy;
  } catch (error) {
    return () => {
      throw error;
    };
  }
}
