// What both documents describe beside the models: how the door that serves them is set up.
import type { JsonObject, ModelDescription } from "@deepaas/core";

export interface DocumentOptions {
  /** Before every path: "" (the default), or `/a/b` without a slash at its end. */
  readonly basePath?: string;
  /** Of whatever serves the models. Default "0.0.0". */
  readonly version?: string;
  /** Default true; false leaves predict out. */
  readonly predictEndpoint?: boolean;
  /** Default true; false leaves the training routes of the models out. */
  readonly trainEndpoint?: boolean;
  /** Default true; false leaves the page and its parts out. */
  readonly docEndpoint?: boolean;
  /** Default false; true: `predictions` of a model without a schema is any JSON value instead of a string. */
  readonly rawPredictions?: boolean;
  /** OpenAPI security schemes, of which a call needs any one. Default: none. OpenAPI only. */
  readonly securitySchemes?: Readonly<Record<string, JsonObject>>;
}

export type DocumentSettings = Required<DocumentOptions>;

export const defaultDocumentOptions: DocumentSettings = {
  basePath: "",
  version: "0.0.0",
  predictEndpoint: true,
  trainEndpoint: true,
  docEndpoint: true,
  rawPredictions: false,
  securitySchemes: {},
};

/** The root of a base path has no slash at its end, as in the original. */
export function pathUnder(basePath: string, path: string): string {
  return path === "/" && basePath !== "" ? basePath : basePath + path;
}

/** The media types that a model's `accept` field offers, the one for anything included; empty: it has none. */
export function offeredTypes({ predictArgs }: ModelDescription): readonly string[] {
  const choices = predictArgs.properties.accept?.enum;
  return Array.isArray(choices) ? choices.filter((one): one is string => typeof one === "string") : [];
}
