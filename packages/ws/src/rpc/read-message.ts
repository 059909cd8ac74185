// A text of a client, as what it is: a call, a note, or a fault that JSON-RPC has a code for.
import type { JsonValue } from "@deepaas/core";
import { type CallId, isCallId, messageFaults, type RpcParams } from "@deepaas/protocol/rpc";

export interface CallMessage {
  readonly kind: "call";
  readonly id: CallId;
  readonly method: string;
  readonly params: RpcParams;
}

export type Message =
  | CallMessage
  | { readonly kind: "note"; readonly method: string; readonly params: RpcParams }
  | { readonly kind: "fault"; readonly id: CallId | null; readonly code: number; readonly message: string };

export function readMessage(text: string): Message {
  let message: unknown;
  try {
    message = JSON.parse(text);
  } catch {
    return { kind: "fault", id: null, code: messageFaults.notJson, message: "The message is not JSON." };
  }
  if (!isObject(message)) return noRequest(null, "A message is one object.");
  const { jsonrpc, id, method, params } = message;
  const known = isCallId(id) ? id : null;
  if (jsonrpc !== "2.0" || typeof method !== "string") {
    return noRequest(known, 'A message has "jsonrpc": "2.0" and a method.');
  }
  if (id === undefined) return { kind: "note", method, params: isObject(params) ? params : {} };
  if (known === null) return noRequest(null, "An id is a text of at most 128 characters, or a whole number.");
  // What is no object is refused with its place, like any other wrong params.
  return { kind: "call", id: known, method, params: (params ?? {}) as RpcParams };
}

function noRequest(id: CallId | null, message: string): Message {
  return { kind: "fault", id, code: messageFaults.notRequest, message };
}

function isObject(value: unknown): value is Readonly<Record<string, JsonValue>> {
  return typeof value === "object" && value !== null && !Array.isArray(value);
}
