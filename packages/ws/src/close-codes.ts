import { errorDataFrom } from "@deepaas/core";
import { httpStatusOf } from "@deepaas/protocol";
import type { CloseFrame } from "@deepaas/protocol/rpc";

export type { CloseFrame };

/** After the last event of a log. */
export const closeNormally: CloseFrame = { code: 1000, reason: "" };
/** Reconnect with the last `seq` as `after`: the run goes on, or its log is kept, when the server has restarted. */
export const closeForRestart: CloseFrame = {
  code: 1012,
  reason: "unavailable: the server is shutting down; come back with after=<last seq>",
};

/**
 * Returns the close code and reason for an error: 1012 for `unavailable`, 1013 for `overloaded`, 1011 for a server error,
 * else 4000 + the HTTP status, for example 4404 if the run was removed.
 */
export function closeCodeOf(error: unknown, cursor?: number): CloseFrame {
  const data = errorDataFrom(error);
  const reason = cutToBytes(`${data.code}: ${data.message}`, 123);
  if (data.code === "unavailable") return { code: 1012, reason };
  if (data.code === "overloaded") return { code: 1013, reason };
  const status = httpStatusOf(data, cursor);
  return { code: status === 500 ? 1011 : 4000 + status, reason };
}

function cutToBytes(text: string, maxBytes: number): string {
  const buffer = new Uint8Array(maxBytes);
  const { read } = new TextEncoder().encodeInto(text, buffer);
  return text.slice(0, read);
}
