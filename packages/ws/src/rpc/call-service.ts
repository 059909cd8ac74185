// Calls the methods of the service with the checked params of a message.
import type {
  CallOptions,
  JsonValue,
  ModelFile,
  ModelService,
  RunEvent,
  RunFilter,
  RunMetricsOptions,
} from "@deepaas/core";
import type { RpcMethod, RpcParams } from "@deepaas/protocol/rpc";

/** Methods that send notifications until their end, and then an empty result. */
export type StreamMethod = "watch" | "predictStream";
export type PlainMethod = Exclude<RpcMethod, StreamMethod>;

export interface ServiceCall {
  readonly params: RpcParams;
  /** References are replaced by their files. */
  readonly args: unknown;
  readonly options: CallOptions;
}

type Result = Promise<JsonValue | ModelFile | undefined>;

const plainMethods: Readonly<Record<PlainMethod, (service: ModelService, call: ServiceCall) => Promise<unknown>>> = {
  status: (service, { options }) => service.status(options),
  stats: (service, { options }) => service.stats(options),
  models: (service, { options }) => service.models(options),
  describe: (service, { params, options }) => service.describe(text(params, "model"), options),
  predict: (service, { params, args, options }) => service.predict(text(params, "model"), args, options),
  train: (service, { params, args, options }) => {
    const named = params.runId === undefined ? options : { ...options, runId: text(params, "runId") };
    return service.train(text(params, "model"), args, named);
  },
  run: (service, { params, options }) => service.run(text(params, "id"), options),
  runs: (service, { params, options }) => service.runs((params.filter ?? {}) as RunFilter, options),
  cancel: (service, { params, options }) => service.cancel(text(params, "id"), options),
  remove: (service, { params, options }) => service.remove(text(params, "id"), options),
  metrics: (service, { params, options }) => {
    const { points, names } = params;
    const given = { ...(points !== undefined && { points }), ...(names !== undefined && { names }) };
    return service.metrics(text(params, "id"), { ...options, ...(given as RunMetricsOptions) });
  },
  artifact: (service, { params, options }) => service.artifact(text(params, "id"), text(params, "name"), options),
  grant: (service, { params, options }) =>
    service.grant(text(params, "id"), { ...options, seconds: params.seconds as number }),
  versions: (service, { params, options }) => service.versions(text(params, "model"), options),
  serveVersion: (service, { params, options }) =>
    service.serveVersion(text(params, "model"), params.version as number, options),
  removeVersion: (service, { params, options }) =>
    service.removeVersion(text(params, "model"), params.version as number, options),
};

export function isStreamMethod(method: RpcMethod): method is StreamMethod {
  return method === "watch" || method === "predictStream";
}

export function callService(service: ModelService, method: PlainMethod, call: ServiceCall): Result {
  return plainMethods[method](service, call) as Result;
}

export function watchFrom(service: ModelService, { params, options }: ServiceCall): AsyncIterable<RunEvent> {
  const after = params.after === undefined ? {} : { after: params.after as number };
  return service.watch(text(params, "id"), { ...options, ...after });
}

export function streamFrom(service: ModelService, { params, args, options }: ServiceCall): AsyncIterable<JsonValue> {
  return service.predictStream(text(params, "model"), args, options);
}

function text(params: RpcParams, name: string): string {
  return params[name] as string;
}
