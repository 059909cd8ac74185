// JSON Schemas of the text messages of an RPC connection, for clients in other languages and for tests.
import { errorCodes, type JsonObject } from "@deepaas/core";
import { errorCodeTable } from "../error-codes.ts";
import { maxIdLength, messageFaults, type RpcNote } from "./rpc-messages.ts";
import { type RpcMethod, rpcMethods, rpcParamsSchema } from "./rpc-methods.ts";

const callId: JsonObject = { anyOf: [{ type: "string", minLength: 1, maxLength: maxIdLength }, { type: "integer" }] };
const count: JsonObject = { type: "integer", minimum: 0 };
const errorData: JsonObject = {
  type: "object",
  properties: { code: { enum: errorCodes }, message: { type: "string" }, issues: { type: "array" } },
  required: ["code", "message"],
};
const noteParams: Readonly<Record<RpcNote, Readonly<Record<string, JsonObject>>>> = {
  "$/cancel": { id: callId },
  "$/credit": { id: callId, items: { type: "integer", minimum: 1 } },
  "$/ping": {},
  "$/pong": {},
  "$/event": { id: callId, event: { type: "object", required: ["seq", "at", "type"] } },
  "$/item": { id: callId, item: {} },
  "$/ack": { attachment: count, bytes: count },
  "$/drop": { attachment: count },
  "$/fail": { attachment: count, error: errorData },
};

/** JSON Schemas (2020-12) of every text message, by the name of its method; responses are `result` and `error`. */
export const rpcMessageSchemas: Readonly<Record<RpcMethod | RpcNote | "result" | "error", JsonObject>> = {
  ...(Object.fromEntries(
    (Object.keys(rpcMethods) as RpcMethod[]).map((method) => [
      method,
      message({ id: callId, method: { const: method }, params: rpcParamsSchema(method) }),
    ]),
  ) as Record<RpcMethod, JsonObject>),
  ...(Object.fromEntries(
    Object.entries(noteParams).map(([method, properties]) => [
      method,
      message({ method: { const: method }, params: { type: "object", properties, required: Object.keys(properties) } }),
    ]),
  ) as Record<RpcNote, JsonObject>),
  result: message({ id: callId, result: {} }, { weightsVersion: count }),
  error: message(
    {
      id: { anyOf: [callId, { type: "null" }] },
      error: {
        type: "object",
        properties: {
          code: {
            enum: [
              ...new Set([
                ...Object.values(errorCodeTable).map(({ jsonRpc }) => jsonRpc),
                ...Object.values(messageFaults),
              ]),
            ],
          },
          message: { type: "string" },
          data: errorData,
        },
        required: ["code", "message", "data"],
      },
    },
    { weightsVersion: count },
  ),
};

function message(
  properties: Readonly<Record<string, JsonObject>>,
  optional: Readonly<Record<string, JsonObject>> = {},
): JsonObject {
  const needed = Object.entries(properties).filter(([, schema]) => !isOptional(schema));
  return {
    type: "object",
    properties: { jsonrpc: { const: "2.0" }, ...properties, ...optional },
    required: ["jsonrpc", ...needed.map(([name]) => name)],
  };
}

/** Params may be omitted if none is required. */
function isOptional({ type, required }: JsonObject): boolean {
  return type === "object" && Array.isArray(required) && required.length === 0;
}
