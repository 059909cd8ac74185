// Simulates a network: values are copies, answers take several turns of the event loop, and errors are passed as data.
import { DeepaasError, errorDataFrom, isModelFile, type ModelService, toJson, toJsonArgs } from "@deepaas/core";

export function remoteService(service: ModelService): ModelService {
  const call = async <T>(work: () => Promise<T>): Promise<T> => {
    await turns();
    try {
      return copied(await work());
    } catch (error) {
      throw DeepaasError.from(copied(errorDataFrom(error)));
    } finally {
      await turns();
    }
  };
  async function* stream<T>(open: () => AsyncIterable<T>): AsyncGenerator<T, void, undefined> {
    await turns();
    try {
      for await (const item of open()) {
        await turns();
        yield copied(item);
      }
    } catch (error) {
      throw DeepaasError.from(copied(errorDataFrom(error)));
    }
  }
  return {
    status: (options) => call(() => service.status(options)),
    stats: (options) => call(() => service.stats(options)),
    models: (options) => call(() => service.models(options)),
    describe: (model, options) => call(() => service.describe(model, options)),
    predict: (model, args, options) => call(() => service.predict(model, toJsonArgs(args, { copy: true }), options)),
    predictStream: (model, args, options) =>
      stream(() => service.predictStream(model, toJsonArgs(args, { copy: true }), options)),
    train: (model, args, options) => call(() => service.train(model, toJsonArgs(args, { copy: true }), options)),
    run: (id, options) => call(() => service.run(id, options)),
    runs: (filter, options) => call(() => service.runs(filter, options)),
    cancel: (id, options) => call(() => service.cancel(id, options)),
    remove: (id, options) => call(() => service.remove(id, options)),
    watch: (id, options) => stream(() => service.watch(id, options)),
    metrics: (id, options) => call(() => service.metrics(id, options)),
    artifact: (id, name, options) => call(() => service.artifact(id, name, options)),
    grant: (id, options) => call(() => service.grant(id, options)),
    versions: (model, options) => call(() => service.versions(model, options)),
    serveVersion: (model, version, options) => call(() => service.serveVersion(model, version, options)),
    removeVersion: (model, version, options) => call(() => service.removeVersion(model, version, options)),
  };
}

async function turns(): Promise<void> {
  for (let i = 0; i < 3; i++) await new Promise(setImmediate);
}

function copied<T>(value: T): T {
  return (value === undefined || isModelFile(value) ? value : toJson(value, { copy: true })) as T;
}
