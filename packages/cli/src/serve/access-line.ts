import type { AccessLogFields } from "@deepaas/protocol";
import { plainText } from "../terminal/texts.ts";

/**
 * Returns a line of the access log as people read it: `12:03:04 POST /v2/models/digits/predict/ 200 12 ms key:ada 3f2c61d0…`.
 * `time` is that of its end.
 */
export function accessLine(fields: AccessLogFields, time: Date): string {
  const { adapter, requestId, method, path, operation, model, runId, caller, status, ms, error } = fields;
  const what =
    path === undefined
      ? [adapter === "ws" ? "rpc" : "?", operation ?? "?", model]
      : [adapter === "ws" ? `ws ${method}` : method, path];
  const isShown = runId !== undefined && path?.includes(runId) === true;
  const parts = [
    time.toTimeString().slice(0, 8),
    ...what,
    status,
    error,
    `${ms < 10 ? ms : Math.round(ms)} ms`,
    caller ?? "-",
    isShown || runId === undefined ? undefined : `run ${runId}`,
    requestId.length > 12 ? `${requestId.slice(0, 8)}…` : requestId,
  ];
  return plainText(parts.filter((one) => one !== undefined).join(" ")).replace(/[\n\t]/g, " ");
}
