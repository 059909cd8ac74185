// The table of routes: servers register them, documents describe them, clients fill in their parameters. Paths start after
// the base path; `{model}`, `{version}`, `{id}` and `{name}` are single segments.
import type { ModelService, ScopeName } from "@deepaas/core";

/**
 * Who may use a route that calls no method of the service, or one that everybody may call. "open": everybody, without
 * authentication. "filtered": everybody; the response has what the caller may see, without credentials none of the models.
 * "health": everybody, also with credentials that are refused; the response has more for a caller. A scope: a caller with this
 * scope for all models.
 */
export type RouteAccess = "open" | "filtered" | "health" | ScopeName;

/** A route without `access` is for callers only: what they may do is decided by the method of the service. */
export type Route = {
  readonly method: "GET" | "POST" | "PUT" | "DELETE";
  readonly path: string;
} & (SeamRoute | OtherRoute);

interface SeamRoute {
  /** The method of `ModelService` that the route calls. */
  readonly seam: Exclude<keyof ModelService, "status">;
  readonly access?: never;
}

interface OtherRoute {
  readonly seam?: "status";
  readonly access: RouteAccess;
}

export const routes = {
  versions: { method: "GET", path: "/", access: "open" },
  ui: { method: "GET", path: "/ui", access: "open" },
  uiPage: { method: "GET", path: "/ui/", access: "open" },
  uiAsset: { method: "GET", path: "/ui/{name}", access: "open" },
  apiPage: { method: "GET", path: "/api", access: "open" },
  apiAsset: { method: "GET", path: "/static/swagger/{name}", access: "open" },
  swagger: { method: "GET", path: "/swagger.json", access: "filtered" },
  openApi: { method: "GET", path: "/openapi.json", access: "filtered" },
  live: { method: "GET", path: "/health/live", access: "open" },
  ready: { method: "GET", path: "/health/ready", seam: "status", access: "health" },
  metrics: { method: "GET", path: "/metrics", access: "metrics" },
  version: { method: "GET", path: "/v2/", access: "open" },
  stats: { method: "GET", path: "/v2/stats", seam: "stats" },
  debug: { method: "GET", path: "/v2/debug/", access: "admin" },
  models: { method: "GET", path: "/v2/models/", seam: "models" },
  model: { method: "GET", path: "/v2/models/{model}/", seam: "describe" },
  schema: { method: "GET", path: "/v2/models/{model}/schema", seam: "describe" },
  weights: { method: "GET", path: "/v2/models/{model}/versions", seam: "versions" },
  serveWeights: { method: "POST", path: "/v2/models/{model}/versions/{version}/serve", seam: "serveVersion" },
  removeWeights: { method: "DELETE", path: "/v2/models/{model}/versions/{version}", seam: "removeVersion" },
  predict: { method: "POST", path: "/v2/models/{model}/predict/", seam: "predict" },
  train: { method: "POST", path: "/v2/models/{model}/train/", seam: "train" },
  trainings: { method: "GET", path: "/v2/models/{model}/train/", seam: "runs" },
  training: { method: "GET", path: "/v2/models/{model}/train/{id}", seam: "run" },
  trainNamed: { method: "PUT", path: "/v2/models/{model}/train/{id}", seam: "train" },
  endTraining: { method: "DELETE", path: "/v2/models/{model}/train/{id}", seam: "cancel" },
  runs: { method: "GET", path: "/v2/runs", seam: "runs" },
  run: { method: "GET", path: "/v2/runs/{id}", seam: "run" },
  removeRun: { method: "DELETE", path: "/v2/runs/{id}", seam: "remove" },
  cancelRun: { method: "POST", path: "/v2/runs/{id}/cancel", seam: "cancel" },
  runEvents: { method: "GET", path: "/v2/runs/{id}/events", seam: "watch" },
  runMetrics: { method: "GET", path: "/v2/runs/{id}/metrics", seam: "metrics" },
  runGrants: { method: "POST", path: "/v2/runs/{id}/grants", seam: "grant" },
  artifact: { method: "GET", path: "/v2/runs/{id}/artifacts/{name}", seam: "artifact" },
} as const satisfies Readonly<Record<string, Route>>;

export type RouteName = keyof typeof routes;

const names = new Map<Route, RouteName>(Object.entries(routes).map(([name, route]) => [route, name as RouteName]));

/** Returns the name of a route of the table. */
export const routeNameOf = (route: Route): RouteName | undefined => names.get(route);

export const modelPath = (model: string) => filled(routes.model.path, { model });
export const schemaPath = (model: string) => filled(routes.schema.path, { model });
export const weightsPath = (model: string) => filled(routes.weights.path, { model });
export const serveWeightsPath = (model: string, version: number) =>
  filled(routes.serveWeights.path, { model, version: String(version) });
export const removeWeightsPath = (model: string, version: number) =>
  filled(routes.removeWeights.path, { model, version: String(version) });
export const predictPath = (model: string) => filled(routes.predict.path, { model });
export const trainPath = (model: string) => filled(routes.train.path, { model });
export const trainingPath = (model: string, id: string) => filled(routes.training.path, { model, id });
export const runPath = (id: string) => filled(routes.run.path, { id });
export const cancelRunPath = (id: string) => filled(routes.cancelRun.path, { id });
export const runEventsPath = (id: string) => filled(routes.runEvents.path, { id });
export const runMetricsPath = (id: string) => filled(routes.runMetrics.path, { id });
export const runGrantsPath = (id: string) => filled(routes.runGrants.path, { id });
export const artifactPath = (id: string, name: string) => filled(routes.artifact.path, { id, name });

function filled(path: string, params: Readonly<Record<string, string>>): string {
  return path.replace(/\{(\w+)\}/g, (_all, param: string) => encodeURIComponent(params[param] ?? ""));
}

/** Media type of the shapes of this project on V2 routes: a `Run`, the value of the model alone, problem details. */
export const ownMediaType = "application/vnd.deepaas+json";
/** Header of an answer of predict: the number of the weights version that made it. */
export const weightsVersionHeader = "X-Weights-Version";
/** A preference (RFC 7240) of a client: an event stream begins with the event `version`, whose data is the number. */
export const weightsVersionPreference = "weights-version";
/** Of `GET /metrics`: the text format of Prometheus. */
export const metricsMediaType = "text/plain; version=0.0.4; charset=utf-8";
/** RFC 9457. */
export const problemMediaType = "application/problem+json";
/** Name of the multipart part with all arguments that are not files, as one JSON object. */
export const jsonPartName = "_json";
