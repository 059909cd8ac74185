// Options of both documents: how the adapter is configured that serves the models.
import type { JsonObject, ModelDescription } from "@deepaas/core";

export interface DocumentOptions {
  /** Prefix of every path, such as `/a/b` without a slash at its end. Default "". */
  readonly basePath?: string;
  /** Version of the server. Default "0.0.0". */
  readonly version?: string;
  /** False omits predict. Default true. */
  readonly predictEndpoint?: boolean;
  /** False omits the training routes of the models. Default true. */
  readonly trainEndpoint?: boolean;
  /** False omits the page and its files. Default true. */
  readonly docEndpoint?: boolean;
  /** True: the page of the models is served at `/ui/`. Default false. */
  readonly ui?: boolean;
  /** True: `/metrics` is served. Default false. */
  readonly metrics?: boolean;
  /** True: `predictions` of a model without a schema is any JSON value, not a string. Default false. */
  readonly rawPredictions?: boolean;
  /** OpenAPI security schemes; a call needs any one of them. Default none. In Swagger 2.0: the HTTP schemes. */
  readonly securitySchemes?: Readonly<Record<string, JsonObject>>;
  /** True: what a grant allows may also be requested with one, in the query. Default false. */
  readonly grants?: boolean;
}

export type DocumentSettings = Required<DocumentOptions>;

export const defaultDocumentOptions: DocumentSettings = {
  basePath: "",
  version: "0.0.0",
  predictEndpoint: true,
  trainEndpoint: true,
  docEndpoint: true,
  ui: false,
  metrics: false,
  rawPredictions: false,
  securitySchemes: {},
  grants: false,
};

/** The root of a base path has no slash at its end, as in the Python server. */
export function pathUnder(basePath: string, path: string): string {
  return path === "/" && basePath !== "" ? basePath : basePath + path;
}

/** Returns the media types of a model's `accept` field, with the one for anything. Empty if it has no such field. */
export function offeredTypes({ predictArgs }: ModelDescription): readonly string[] {
  const choices = predictArgs.properties.accept?.enum;
  return Array.isArray(choices) ? choices.filter((one): one is string => typeof one === "string") : [];
}
