// The text messages of an RPC connection: JSON-RPC 2.0 (https://www.jsonrpc.org/specification).
import { DeepaasError, type ErrorData, type JsonValue } from "@deepaas/core";
import { jsonRpcCodeOf } from "../error-codes.ts";
import type { RpcMethod, RpcParams } from "./rpc-methods.ts";

/** Chosen by the client; free again once its answer has come. */
export type CallId = string | number;

interface RpcCall {
  readonly jsonrpc: "2.0";
  readonly id: CallId;
  readonly method: RpcMethod;
  readonly params?: RpcParams;
}

export interface RpcError {
  readonly code: number;
  readonly message: string;
  readonly data: ErrorData;
}

/** `id` is null where the message was no call. */
type RpcAnswer =
  | { readonly jsonrpc: "2.0"; readonly id: CallId; readonly result: JsonValue }
  | { readonly jsonrpc: "2.0"; readonly id: CallId | null; readonly error: RpcError };

/** What is told without being asked, and its params. `id` is that of a call, `attachment` that of a file. */
export interface RpcNotes {
  /** Client: the call need not be answered well any more. */
  readonly "$/cancel": { readonly id: CallId };
  /** Client: so many more events or items may come. */
  readonly "$/credit": { readonly id: CallId; readonly items: number };
  /** Client: is anybody there? */
  readonly "$/ping": Readonly<Record<never, never>>;
  /** Server: yes. */
  readonly "$/pong": Readonly<Record<never, never>>;
  /** Server: the next event of a watch. */
  readonly "$/event": { readonly id: CallId; readonly event: JsonValue };
  /** Server: the next item of a stream. */
  readonly "$/item": { readonly id: CallId; readonly item: JsonValue };
  /** Receiver of a file: so many more bytes have been taken. */
  readonly "$/ack": { readonly attachment: number; readonly bytes: number };
  /** Receiver of a file: the rest is not wanted. */
  readonly "$/drop": { readonly attachment: number };
  /** Sender of a file: the rest cannot be sent. */
  readonly "$/fail": { readonly attachment: number; readonly error: ErrorData };
}

export type RpcNote = keyof RpcNotes;

/** What JSON-RPC itself calls faults of a message that is no call of ours. */
export const messageFaults = { notJson: -32700, notRequest: -32600 } as const;

export function noteText<N extends RpcNote>(method: N, params: RpcNotes[N]): string {
  return JSON.stringify({ jsonrpc: "2.0", method, params });
}

export function errorText(id: CallId | null, data: ErrorData, code = jsonRpcCodeOf(data.code)): string {
  const error: RpcError = { code, message: data.message, data };
  return JSON.stringify({ jsonrpc: "2.0", id, error });
}

export const maxIdLength = 128;

export function isCallId(value: unknown): value is CallId {
  return typeof value === "string" ? value.length > 0 && value.length <= maxIdLength : Number.isSafeInteger(value);
}

/** An error as it arrived; whatever it is, it becomes one of ours. */
export function errorFromWire(data: unknown): DeepaasError {
  const { code, message, ...details } = (data ?? {}) as Partial<ErrorData>;
  return new DeepaasError(code ?? "internal", String(message ?? "The other side failed and did not say why."), details);
}
