// The bodies of the discovery and predict routes of DEEPaaS V2. `base`: the base path without a slash at its end.
import type { JsonObject, JsonValue, ModelDescription, ModelMetadata } from "@deepaas/core";
import { routes } from "../routes.ts";

/** Returns the body of `GET /v2/`. */
export function toV2Version(base: string): JsonObject {
  const self = { rel: "self", type: "application/json", href: base + routes.version.path };
  return { version: "stable", id: "v2", links: [self] };
}

/** Returns the body of `GET /`. `help`: true if there is a page at `/api`. */
export function toV2Versions(base: string, options: { readonly help: boolean }): JsonObject {
  const help = { rel: "help", type: "text/html", href: base + routes.apiPage.path };
  const describedBy = { rel: "describedby", type: "application/json", href: `${base}/swagger.json` };
  return { versions: [toV2Version(base)], links: [...(options.help ? [help] : []), describedBy] };
}

/** Returns `id`, `name`, `links` and the other members of the metadata. The author's own links have precedence. */
export function toV2Metadata(metadata: ModelMetadata, base: string): JsonObject {
  const { servedAs, weightsVersion: _own, id, name, links, ...rest } = metadata;
  const self = { rel: "self", href: `${base}${routes.models.path}${encodeURIComponent(servedAs)}` };
  return { id, name, links: links ?? [self], ...rest };
}

/**
 * Returns the value itself for a model with a response schema, else `{ status: "OK", predictions }`. There `predictions` is a
 * string, as DEEPaaS documents it: a string as it is, any other value as its JSON text. With `rawPredictions` it is the value, as
 * in the Python server.
 */
export function toV2Prediction(
  value: JsonValue,
  { response }: Pick<ModelDescription, "response">,
  options: { readonly rawPredictions?: boolean } = {},
): JsonValue {
  if (response !== null) return value;
  const raw = options.rawPredictions === true || typeof value === "string";
  return { status: "OK", predictions: raw ? value : JSON.stringify(value) };
}
