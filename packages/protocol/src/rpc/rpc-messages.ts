// The text messages of an RPC connection: JSON-RPC 2.0 (https://www.jsonrpc.org/specification).
import { DeepaasError, type ErrorData, type JsonValue } from "@deepaas/core";
import { jsonRpcCodeOf } from "../error-codes.ts";

/** Chosen by the client. It may be used again after its response. */
export type CallId = string | number;

export interface RpcError {
  readonly code: number;
  readonly message: string;
  readonly data: ErrorData;
}

/** Notifications with their params. `id` is that of a call, `attachment` that of a file. */
export interface RpcNotifications {
  /** Client: cancels a call. */
  readonly "$/cancel": { readonly id: CallId };
  /** Client: may receive this many further events or items. */
  readonly "$/credit": { readonly id: CallId; readonly items: number };
  /** Client: requests a `$/pong`. */
  readonly "$/ping": Readonly<Record<never, never>>;
  /** Server: the reply to `$/ping`. */
  readonly "$/pong": Readonly<Record<never, never>>;
  /** Server: the next event of a watch. */
  readonly "$/event": { readonly id: CallId; readonly event: JsonValue };
  /** Server: the next item of a stream. `weightsVersion`: with the first one, if the call asked for it. */
  readonly "$/item": { readonly id: CallId; readonly item: JsonValue; readonly weightsVersion?: number };
  /** Receiver of a file: has processed this many further bytes. */
  readonly "$/ack": { readonly attachment: number; readonly bytes: number };
  /** Receiver of a file: discards the rest. */
  readonly "$/drop": { readonly attachment: number };
  /** Sender of a file: cannot send the rest. */
  readonly "$/fail": { readonly attachment: number; readonly error: ErrorData };
}

export type RpcNote = keyof RpcNotifications;

/** JSON-RPC error codes for messages that are not a valid request. */
export const messageFaults = { notJson: -32700, notRequest: -32600 } as const;

export function notificationText<N extends RpcNote>(method: N, params: RpcNotifications[N]): string {
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

/** Converts a received error. An unknown code becomes `internal`. */
export function errorFromWire(data: unknown): DeepaasError {
  const { code, message, ...details } = (data ?? {}) as Partial<ErrorData>;
  return new DeepaasError(code ?? "internal", String(message ?? "The other side failed and did not say why."), details);
}
