// The in-process door: the seam, and on top of it one typed object per model.
import {
  isModelFile,
  type ModelService,
  type Models,
  type TypedModel,
  toJson,
  toJsonArgs,
  typedModel,
} from "@deepaas/core";

export interface InProcess<M extends Models> extends ModelService {
  /** No round trip: whether there is such a model shows with its first call, as `not_found`. */
  model<K extends keyof M & string>(name: K): TypedModel<string extends keyof M ? unknown : M[K]>;
}

/**
 * Calls `service` as any other door would: arguments and results are copies, as if they had crossed a wire, and files
 * go by reference. The types of each model come from a host made by `createHost`. Closing stays with the host.
 */
export function connectInProcess<M extends Models = Models>(
  service: ModelService & { readonly "~models"?: M },
): InProcess<M> {
  const seam: ModelService = {
    status: async (options) => copyOf(await service.status(options)),
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
    artifact: (id, name, options) => service.artifact(id, name, options),
  };
  return { ...seam, model: (name) => typedModel(seam, name) };
}

/** What a wire would copy is copied, so that neither side can change the other's data. Files are passed by reference. */
function copyOf<T>(value: T): T {
  return (isModelFile(value) ? value : toJson(value, { copy: true })) as T;
}

const copyOfArgs = (args: unknown) => toJsonArgs(args, { copy: true });

/** Opened only when it is read, so that a refusal comes where the reader can catch it. */
async function* copies<T>(open: () => AsyncIterable<T>): AsyncGenerator<T, void, undefined> {
  for await (const one of open()) yield copyOf(one);
}

/** Copied now; what cannot be copied is refused when the copy is asked for. */
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
