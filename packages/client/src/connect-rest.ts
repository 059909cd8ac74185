// A `ModelService` over REST, for servers of `@deepaas/koa`.
import {
  type CallOptions,
  DeepaasError,
  type Grant,
  type JsonValue,
  type ModelDescription,
  type ModelMetadata,
  type ModelVersions,
  type Page,
  type Run,
  type RunEvent,
  type RunFilter,
  type RunMetrics,
  rejectUnknownOptions,
  type ServiceStats,
  type ServiceStatus,
  typedModel,
} from "@deepaas/core";
import {
  artifactPath,
  cancelRunPath,
  ownMediaType,
  predictPath,
  problemMediaType,
  removeWeightsPath,
  routes,
  runEventsPath,
  runGrantsPath,
  runMetricsPath,
  runPath,
  schemaPath,
  serveWeightsPath,
  trainingPath,
  trainPath,
  weightsPath,
  weightsVersionHeader,
  weightsVersionPreference,
} from "@deepaas/protocol";
import type { ConnectedService } from "./connected-service.ts";
import { fileFrom, jsonFrom, valueFrom } from "./read-answer.ts";
import { readEvents } from "./read-events.ts";
import { bodyFrom } from "./rest-body.ts";
import { type ConnectRestOptions, type RestCall, restCaller } from "./rest-call.ts";

interface ReadyBody {
  readonly status: ServiceStatus["state"];
  readonly reasons: readonly string[];
}

const own = `${ownMediaType}, ${problemMediaType}`;
const eventStream = `text/event-stream, ${problemMediaType}`;

/**
 * `url` is the server's address with its base path. Every method rejects as the remote service does. A server that cannot be
 * reached and a lost connection are `unavailable`. Throws a TypeError for an unknown option.
 */
export function connectRest(url: string | URL, options: ConnectRestOptions = {}): ConnectedService {
  rejectUnknownOptions("connectRest", options, { headers: true, heartbeatMs: true, fetch: true });
  const call = restCaller(url, options);
  const silenceMs = 3 * (options.heartbeatMs ?? 15_000);
  const json = async <T>(path: string, request: RestCall): Promise<T> =>
    (await jsonFrom(await call(path, { accept: own, ...request }))) as T;

  const service: Omit<ConnectedService, "model"> = {
    async status(options) {
      const response = await call(routes.ready.path, { accept: own, options, alsoOk: 503 });
      const { status, reasons } = (await jsonFrom(response)) as unknown as ReadyBody;
      return { state: status, reasons };
    },

    stats: (options) => json<ServiceStats>(routes.stats.path, { options }),
    models: (options) => json<readonly ModelMetadata[]>(routes.models.path, { options }),
    describe: (model, options) => json<ModelDescription>(schemaPath(model), { options }),

    async predict(model, args, options) {
      const response = await call(predictPath(model), {
        method: "POST",
        accept: `${own}, */*`,
        options,
        body: await bodyFrom(args),
        onUploadProgress: options?.onUploadProgress,
      });
      tellVersion(response.headers.get(weightsVersionHeader), options);
      return valueFrom(response);
    },

    async *predictStream(model, args, options) {
      const body = await bodyFrom(args);
      const prefer = options?.onVersion && weightsVersionPreference;
      const response = await call(predictPath(model), { method: "POST", accept: eventStream, prefer, options, body });
      for await (const { type, data } of readEvents(response, options, silenceMs)) {
        if (type === "end") return;
        if (type === "version") {
          tellVersion(data, options);
          continue;
        }
        yield JSON.parse(data) as JsonValue;
      }
      throw new DeepaasError("unavailable", "The connection dropped before the stream ended.");
    },

    async train(model, args, options) {
      const path = options?.runId === undefined ? trainPath(model) : trainingPath(model, options.runId);
      const method = options?.runId === undefined ? "POST" : "PUT";
      const body = await bodyFrom(args);
      return json<Run>(path, { method, options, body, onUploadProgress: options?.onUploadProgress });
    },

    run: (id, options) => json<Run>(runPath(id), { options }),
    runs: (filter, options) => json<Page<Run>>(`${routes.runs.path}${queryFrom(listQuery(filter))}`, { options }),
    cancel: (id, options) => json<Run>(cancelRunPath(id), { method: "POST", options }),

    async remove(id, options) {
      await json(runPath(id), { method: "DELETE", options });
    },

    async *watch(id, options) {
      const query = options?.after === undefined ? "" : `?after=${options.after}`;
      const response = await call(`${runEventsPath(id)}${query}`, { accept: eventStream, options });
      // 204: the log has no further events.
      if (response.status === 204) return;
      for await (const { data } of readEvents(response, options, silenceMs)) {
        const event = JSON.parse(data) as RunEvent;
        yield event;
        if (event.type === "succeeded" || event.type === "failed" || event.type === "cancelled") return;
      }
      throw new DeepaasError("unavailable", "The connection dropped before the run ended; watch on from your cursor.");
    },

    metrics(id, options) {
      const { points, names } = options ?? {};
      return json<RunMetrics>(`${runMetricsPath(id)}${queryFrom({ points, name: names })}`, { options });
    },

    artifact: async (id, name, options) => {
      const response = await call(artifactPath(id, name), { accept: `${problemMediaType}, */*`, options });
      return fileFrom(response);
    },

    async grant(id, options) {
      const body = await bodyFrom({ seconds: options.seconds });
      return json<Grant>(runGrantsPath(id), { method: "POST", options, body });
    },

    versions: (model, options) => json<ModelVersions>(weightsPath(model), { options }),
    serveVersion: (model, version, options) =>
      json<ModelVersions>(serveWeightsPath(model, version), { method: "POST", options }),

    async removeVersion(model, version, options) {
      await json(removeWeightsPath(model, version), { method: "DELETE", options });
    },
  };
  return { ...service, model: (name) => typedModel(service, name) };
}

function tellVersion(text: string | null, options: CallOptions | undefined): void {
  if (text !== null && /^\d+$/.test(text)) options?.onVersion?.(Number(text));
}

/** A query has no empty list: that a list selects nothing is said by `anyOf`. */
function listQuery({ anyOf, ...filter }: RunFilter = {}): Readonly<Record<string, unknown>> {
  const isNothing = Object.values(filter).some((value) => Array.isArray(value) && value.length === 0);
  return { ...filter, anyOf: isNothing ? "[]" : anyOf && JSON.stringify(anyOf) };
}

/** A list becomes several parameters of the same name. */
function queryFrom(parameters: Readonly<Record<string, unknown>>): string {
  const query = new URLSearchParams();
  for (const [name, value] of Object.entries(parameters)) {
    for (const one of [value].flat()) if (one !== undefined) query.append(name, String(one));
  }
  return query.size === 0 ? "" : `?${query.toString()}`;
}
