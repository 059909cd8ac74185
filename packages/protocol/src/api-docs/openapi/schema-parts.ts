// The parts of component schemas.
import type { JsonObject } from "@deepaas/core";

export const ref = (name: string): JsonObject => ({ $ref: `#/components/schemas/${name}` });
export const listOf = (items: JsonObject): JsonObject => ({ type: "array", items });
export const text = { type: "string" } as const;
export const whole = { type: "integer", minimum: 0 } as const;
export const instant = { type: "string", format: "date-time" } as const;

export function object(properties: JsonObject, required: readonly string[], description?: string): JsonObject {
  return { type: "object", ...(description !== undefined && { description }), properties, required };
}
