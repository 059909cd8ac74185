import type { Caller, CallOptions, ModelService } from "@deepaas/core";

interface Client extends ModelService {
  close(): void;
}

/** A service that makes each call with the client of its caller. */
export function servicePerCaller(connect: (caller: Caller | undefined) => Client) {
  // Two callers may have the same id and different scopes.
  const clients = new Map<Caller | undefined, Client>();
  const of = (options: CallOptions = {}): Client => {
    const client = clients.get(options.caller) ?? connect(options.caller);
    clients.set(options.caller, client);
    return client;
  };
  const service: ModelService = {
    status: (options) => of(options).status(options),
    stats: (options) => of(options).stats(options),
    models: (options) => of(options).models(options),
    describe: (model, options) => of(options).describe(model, options),
    predict: (model, args, options) => of(options).predict(model, args, options),
    predictStream: (model, args, options) => of(options).predictStream(model, args, options),
    train: (model, args, options) => of(options).train(model, args, options),
    run: (id, options) => of(options).run(id, options),
    runs: (filter, options) => of(options).runs(filter, options),
    cancel: (id, options) => of(options).cancel(id, options),
    remove: (id, options) => of(options).remove(id, options),
    watch: (id, options) => of(options).watch(id, options),
    metrics: (id, options) => of(options).metrics(id, options),
    artifact: (id, name, options) => of(options).artifact(id, name, options),
    grant: (id, options) => of(options).grant(id, options),
    versions: (model, options) => of(options).versions(model, options),
    serveVersion: (model, version, options) => of(options).serveVersion(model, version, options),
    removeVersion: (model, version, options) => of(options).removeVersion(model, version, options),
  };
  return {
    service,
    close() {
      for (const client of clients.values()) client.close();
    },
  };
}
