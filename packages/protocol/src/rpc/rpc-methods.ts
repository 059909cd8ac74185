// The methods of the service with their named params: servers check them, clients send them, the JSON Schemas describe them.
import type { Issue, JsonObject, JsonValue, ModelService } from "@deepaas/core";

interface Param {
  readonly type: "string" | "integer" | "number" | "object" | "array" | "boolean" | "any";
  readonly required?: true;
  readonly minimum?: number;
  readonly maximum?: number;
}

const text = { type: "string" } as const;
const required = { type: "string", required: true } as const;
const flag = { type: "boolean" } as const;
/** The service checks that it is a whole number, and its range. */
const number = { type: "number" } as const;
const requiredNumber = { ...number, required: true } as const;
const anything = { type: "any" } as const;
/** The largest delay of `setTimeout`. */
const timeoutMs = { type: "number", minimum: 0, maximum: 0x7fff_ffff } as const;
const credit = { type: "integer", minimum: 1, maximum: 1_000_000 } as const;

/**
 * Every call also has `requestId`, `timeoutMs` and `traceparent`. Unknown members are ignored. Only methods of the service are
 * allowed here, so each has a rule in `accessRules` of core; another one does not compile.
 */
export const rpcMethods = {
  status: {},
  stats: {},
  models: {},
  describe: { model: required },
  predict: { model: required, args: anything, weightsVersion: flag },
  predictStream: { model: required, args: anything, weightsVersion: flag, credit },
  train: { model: required, args: anything, runId: text },
  run: { id: required },
  runs: { filter: { type: "object" } },
  cancel: { id: required },
  remove: { id: required },
  watch: { id: required, after: { type: "integer" }, credit },
  metrics: { id: required, points: number, names: { type: "array" } },
  artifact: { id: required, name: required },
  grant: { id: required, seconds: requiredNumber },
  versions: { model: required },
  serveVersion: { model: required, version: requiredNumber },
  removeVersion: { model: required, version: requiredNumber },
} as const satisfies Readonly<Record<keyof ModelService, Readonly<Record<string, Param>>>>;

export type RpcMethod = keyof typeof rpcMethods;
export type RpcParams = Readonly<Record<string, JsonValue>>;

export function isRpcMethod(method: string): method is RpcMethod {
  return Object.hasOwn(rpcMethods, method);
}

/** Returns the faults of the params of a call. Empty: the params are valid. */
export function rpcParamIssues(method: RpcMethod, params: unknown): readonly Issue[] {
  if (params === undefined) params = {};
  if (typeof params !== "object" || params === null || Array.isArray(params)) {
    return [{ pointer: "", rule: "type", message: "params: Must be an object; they are named." }];
  }
  const given = params as RpcParams;
  return Object.entries(paramsOf(method)).flatMap(([name, param]): readonly Issue[] => {
    const value = Object.hasOwn(given, name) ? given[name] : undefined;
    if (value === undefined) {
      return param.required ? [{ pointer: `/${name}`, rule: "required", message: `${name}: Is missing.` }] : [];
    }
    return fits(value, param) ? [] : [{ pointer: `/${name}`, rule: "type", message: `${name}: ${sentence(param)}` }];
  });
}

export function rpcParamsSchema(method: RpcMethod): JsonObject {
  const params = Object.entries(paramsOf(method));
  return {
    type: "object",
    properties: Object.fromEntries(params.map(([name, param]) => [name, schemaOf(param)])),
    required: params.filter(([, param]) => param.required).map(([name]) => name),
  };
}

function paramsOf(method: RpcMethod): Readonly<Record<string, Param>> {
  return { ...rpcMethods[method], requestId: text, timeoutMs, traceparent: text };
}

function schemaOf({ type, minimum, maximum }: Param): JsonObject {
  if (type === "any") return {};
  return { type, ...(minimum !== undefined && { minimum }), ...(maximum !== undefined && { maximum }) };
}

function fits(value: JsonValue, { type, minimum = -Infinity, maximum = Infinity }: Param): boolean {
  if (type === "any") return true;
  if (type === "object") return typeof value === "object" && value !== null && !Array.isArray(value);
  if (type === "array") return Array.isArray(value);
  if (type === "string" || type === "boolean") return typeof value === type;
  if (typeof value !== "number" || value < minimum || value > maximum) return false;
  return type === "number" || Number.isSafeInteger(value);
}

function sentence({ type, minimum, maximum }: Param): string {
  const range = minimum === undefined ? "" : ` from ${minimum} to ${maximum}`;
  return `Must be ${["integer", "object", "array"].includes(type) ? "an" : "a"} ${type}${range}.`;
}
