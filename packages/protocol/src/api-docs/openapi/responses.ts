// What operations are put together from: answers with their types and schemas, and the errors of a call.
import type { JsonObject } from "@deepaas/core";
import { ownMediaType } from "../../routes.ts";
import { errorRef } from "./errors.ts";

export interface Described {
  readonly rawPredictions: boolean;
  /** Whether a call may lack permission. */
  readonly secured: boolean;
}

export const schemaRef = (name: string): JsonObject => ({ $ref: `#/components/schemas/${name}` });
export const headers = { "X-Request-Id": { $ref: "#/components/headers/RequestId" } };
export const etag = { ...headers, ETag: { $ref: "#/components/headers/ETag" } };

/** The answer's types, each with its schema. */
export function answer(
  description: string,
  content: Readonly<Record<string, JsonObject>>,
  extra: JsonObject = {},
): JsonObject {
  const types = Object.entries(content).map(([type, schema]) => [type, { schema }]);
  return { description, headers, content: Object.fromEntries(types) as JsonObject, ...extra };
}

export const json = (description: string, schema: JsonObject) => answer(description, { "application/json": schema });
/** V2's shape, or ours for whoever accepts it. */
export const either = (description: string, v2: JsonObject, own: JsonObject) =>
  answer(description, { "application/json": v2, [ownMediaType]: own });
export const text = (description: string, type = "text/plain") => answer(description, { [type]: { type: "string" } });
export const nothing = (description: string): JsonObject => ({ description, headers });

/** What any call of the seam may be answered. */
const common = [429, 500, 502, 503, 504];

export function errors({ secured }: Described, ...statuses: readonly number[]): JsonObject {
  const all = [...new Set([...common, ...(secured ? [401, 403] : []), ...statuses])].sort((a, b) => a - b);
  return Object.fromEntries(all.map((status) => [String(status), errorRef(status)]));
}
