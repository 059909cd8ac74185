// The bodies of DEEPaaS V2's discovery and predict routes. `base` is the base path, without a slash at its end.
import type { JsonObject, JsonValue, ModelDescription, ModelMetadata } from "@deepaas/core";
import { routes } from "../routes.ts";

/** What `GET /v2/` answers. */
export function toV2Version(base: string): JsonObject {
  const self = { rel: "self", type: "application/json", href: base + routes.version.path };
  return { version: "stable", id: "v2", links: [self] };
}

/** What `GET /` answers. `help`: whether there is a page at `/api`. */
export function toV2Versions(base: string, options: { readonly help: boolean }): JsonObject {
  const help = { rel: "help", type: "text/html", href: base + routes.apiPage.path };
  const describedBy = { rel: "describedby", type: "application/json", href: `${base}/swagger.json` };
  return { versions: [toV2Version(base)], links: [...(options.help ? [help] : []), describedBy] };
}

/** `id`, `name`, `links`, then whatever else the author's metadata says; links of the author's own win. */
export function toV2Metadata(metadata: ModelMetadata, base: string): JsonObject {
  const { servedAs, id, name, links, ...rest } = metadata;
  const self = { rel: "self", href: `${base}${routes.models.path}${encodeURIComponent(servedAs)}` };
  return { id, name, links: links ?? [self], ...rest };
}

/**
 * With a response schema the value itself; without one `{ status: "OK", predictions }`, where `predictions` is a string as
 * DEEPaaS documents it: a string as it is, anything else as its JSON text. `rawPredictions` gives the value instead, as the
 * Python server does.
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
