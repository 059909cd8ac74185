// Parses a text message of a client: a request, a notification, or a fault with its JSON-RPC code.
import { isObject, parseJson } from "@deepaas/core";
import { type CallId, isCallId, messageFaults, type RpcParams } from "@deepaas/protocol/rpc";

export interface CallMessage {
  readonly kind: "call";
  readonly id: CallId;
  readonly method: string;
  readonly params: RpcParams;
}

export type Message =
  | CallMessage
  | { readonly kind: "notification"; readonly method: string; readonly params: RpcParams }
  | { readonly kind: "fault"; readonly id: CallId | null; readonly code: number; readonly message: string };

export function readMessage(text: string): Message {
  let message: unknown;
  try {
    message = parseJson(text);
  } catch {
    return { kind: "fault", id: null, code: messageFaults.notJson, message: "The message is not JSON." };
  }
  if (!isObject(message)) return noRequest(null, "A message must be one object.");
  const { jsonrpc, id, method, params } = message;
  const known = isCallId(id) ? id : null;
  if (jsonrpc !== "2.0" || typeof method !== "string") {
    return noRequest(known, 'A message must have "jsonrpc": "2.0" and a method.');
  }
  if (id === undefined) return { kind: "notification", method, params: isObject(params) ? (params as RpcParams) : {} };
  if (known === null) return noRequest(null, "An id must be a string of at most 128 characters, or a whole number.");
  // Params that are not an object are refused later, with their place.
  return { kind: "call", id: known, method, params: (params ?? {}) as RpcParams };
}

function noRequest(id: CallId | null, message: string): Message {
  return { kind: "fault", id, code: messageFaults.notRequest, message };
}
