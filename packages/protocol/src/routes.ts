// The one table of routes: servers register it, documents describe it, clients fill it in. Paths start after the base
// path; `{model}`, `{id}` and `{name}` are single steps.
import type { ModelService } from "@deepaas/core";

export interface Route {
  readonly method: "GET" | "POST" | "PUT" | "DELETE";
  readonly path: string;
  /** The method of the seam behind it. */
  readonly seam?: keyof ModelService;
  /** Answers in the shapes of DEEPaaS V2, unless the client accepts ours. */
  readonly v2?: true;
}

export const routes = {
  versions: { method: "GET", path: "/", v2: true },
  ui: { method: "GET", path: "/ui" },
  apiPage: { method: "GET", path: "/api" },
  apiAsset: { method: "GET", path: "/static/swagger/{name}" },
  swagger: { method: "GET", path: "/swagger.json" },
  openApi: { method: "GET", path: "/openapi.json" },
  live: { method: "GET", path: "/health/live" },
  ready: { method: "GET", path: "/health/ready", seam: "status" },
  version: { method: "GET", path: "/v2/", v2: true },
  debug: { method: "GET", path: "/v2/debug/", v2: true },
  models: { method: "GET", path: "/v2/models/", seam: "models", v2: true },
  model: { method: "GET", path: "/v2/models/{model}/", seam: "describe", v2: true },
  schema: { method: "GET", path: "/v2/models/{model}/schema", seam: "describe" },
  predict: { method: "POST", path: "/v2/models/{model}/predict/", seam: "predict", v2: true },
  train: { method: "POST", path: "/v2/models/{model}/train/", seam: "train", v2: true },
  trainings: { method: "GET", path: "/v2/models/{model}/train/", seam: "runs", v2: true },
  training: { method: "GET", path: "/v2/models/{model}/train/{id}", seam: "run", v2: true },
  trainNamed: { method: "PUT", path: "/v2/models/{model}/train/{id}", seam: "train", v2: true },
  endTraining: { method: "DELETE", path: "/v2/models/{model}/train/{id}", seam: "cancel", v2: true },
  runs: { method: "GET", path: "/v2/runs", seam: "runs" },
  run: { method: "GET", path: "/v2/runs/{id}", seam: "run" },
  removeRun: { method: "DELETE", path: "/v2/runs/{id}", seam: "remove" },
  cancelRun: { method: "POST", path: "/v2/runs/{id}/cancel", seam: "cancel" },
  runEvents: { method: "GET", path: "/v2/runs/{id}/events", seam: "watch" },
  artifact: { method: "GET", path: "/v2/runs/{id}/artifacts/{name}", seam: "artifact" },
} as const satisfies Readonly<Record<string, Route>>;

export type RouteName = keyof typeof routes;

export const modelPath = (model: string) => filled(routes.model.path, { model });
export const schemaPath = (model: string) => filled(routes.schema.path, { model });
export const predictPath = (model: string) => filled(routes.predict.path, { model });
export const trainPath = (model: string) => filled(routes.train.path, { model });
export const trainingPath = (model: string, id: string) => filled(routes.training.path, { model, id });
export const runPath = (id: string) => filled(routes.run.path, { id });
export const cancelRunPath = (id: string) => filled(routes.cancelRun.path, { id });
export const runEventsPath = (id: string) => filled(routes.runEvents.path, { id });
export const artifactPath = (id: string, name: string) => filled(routes.artifact.path, { id, name });

function filled(path: string, steps: Readonly<Record<string, string>>): string {
  return path.replace(/\{(\w+)\}/g, (_all, step: string) => encodeURIComponent(steps[step] ?? ""));
}

/** Media type of our own shapes on the V2 routes: a `Run`, the model's bare value, problem details. */
export const ownMediaType = "application/vnd.deepaas+json";
/** RFC 9457. */
export const problemMediaType = "application/problem+json";
/** The multipart part that carries every argument that is not a file, as one JSON object. */
export const jsonPartName = "_json";
