// The parts of operations: responses with their types and schemas, and the errors of a call.
import type { JsonObject } from "@deepaas/core";
import { ownMediaType } from "../../routes.ts";
import { errorRef } from "./errors.ts";

export interface Described {
  readonly rawPredictions: boolean;
  /** True if the call may be refused for lack of permission. */
  readonly secured: boolean;
}

export const schemaRef = (name: string): JsonObject => ({ $ref: `#/components/schemas/${name}` });
export const headers = { "X-Request-Id": { $ref: "#/components/headers/RequestId" } };
export const etag = { ...headers, ETag: { $ref: "#/components/headers/ETag" } };

/** The media types of the response with their schemas. */
export function answer(
  description: string,
  content: Readonly<Record<string, JsonObject>>,
  extra: JsonObject = {},
): JsonObject {
  const types = Object.entries(content).map(([type, schema]) => [type, { schema }]);
  return { description, headers, content: Object.fromEntries(types) as JsonObject, ...extra };
}

export const json = (description: string, schema: JsonObject) => answer(description, { "application/json": schema });
/** The shape of V2, or that of this project for clients that accept it. */
export const either = (description: string, v2: JsonObject, own: JsonObject) =>
  answer(description, { "application/json": v2, [ownMediaType]: own });
export const text = (description: string, type = "text/plain") => answer(description, { [type]: { type: "string" } });
export const nothing = (description: string): JsonObject => ({ description, headers });

/** The errors of any call of the service. */
const common = [429, 500, 502, 503, 504];

export function errors({ secured }: Described, ...statuses: readonly number[]): JsonObject {
  const all = [...new Set([...common, ...(secured ? [401, 403] : []), ...statuses])].sort((a, b) => a - b);
  return Object.fromEntries(all.map((status) => [String(status), errorRef(status)]));
}
