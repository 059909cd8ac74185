import { errorDataFrom } from "@deepaas/core";
import { httpStatusOf } from "@deepaas/protocol";
import type { CloseFrame } from "@deepaas/protocol/rpc";

export type { CloseFrame };

/** The log has been told to its end. */
export const closeNormally: CloseFrame = { code: 1000, reason: "" };
/** Come back with the last `seq` as `after`: the run goes on, or its log is kept, where the server restarts. */
export const closeForRestart: CloseFrame = {
  code: 1012,
  reason: "unavailable: the server is shutting down; come back with after=<last seq>",
};

/**
 * How a watch that cannot go on is closed: 1012 for `unavailable`, 1013 (try again later) for `overloaded`, 1011 for a
 * fault of the server, else 4000 + the HTTP status of the code, for example 4404 when the run was removed.
 */
export function closeOfError(error: unknown, cursor?: number): CloseFrame {
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
