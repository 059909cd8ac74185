import type { ErrorCode, Logger } from "@deepaas/core";
import type { AdapterObserver, ObservedRequest } from "@deepaas/core/ports";

/** The fields of a line of the access log. Those that are undefined are absent. */
export interface AccessLogFields {
  readonly adapter: ObservedRequest["adapter"];
  readonly requestId: string;
  readonly method?: string;
  /** Without the query. */
  readonly path?: string;
  readonly operation?: string;
  readonly model?: string;
  readonly runId?: string;
  readonly caller?: string;
  readonly status: number;
  /** Duration in milliseconds, with one decimal. */
  readonly ms: number;
  readonly error?: ErrorCode;
  /** The client has got the whole response. */
  readonly complete: boolean;
}

/**
 * Returns an observer of adapters that logs each request and RPC call when it is over: one line at level info with the message
 * "request". It has no query; a grant or an API key elsewhere in a URL becomes `[token]`.
 *
 * @example
 * createServer(host, { observer: accessLog(pino()) });
 */
export function accessLog(logger: Pick<Logger, "info">): AdapterObserver {
  return {
    request({ adapter, requestId, method, path }) {
      const startedAt = performance.now();
      return {
        end({ operation, model, runId, caller, status, error, complete }) {
          const ms = Math.round((performance.now() - startedAt) * 10) / 10;
          const fields: { -readonly [K in keyof AccessLogFields]: AccessLogFields[K] } = {
            adapter,
            requestId,
            status,
            ms,
            complete,
          };
          if (method !== undefined) fields.method = method;
          if (path !== undefined) fields.path = withoutTokens(path);
          if (operation !== undefined) fields.operation = operation;
          if (model !== undefined) fields.model = model;
          if (runId !== undefined) fields.runId = withoutTokens(runId);
          if (caller !== undefined) fields.caller = caller;
          if (error !== undefined) fields.error = error;
          logger.info(fields, "request");
        },
      };
    },
  };
}

/** Replaces API keys and grants in a path or an id, where a client may put them by mistake. Observers and logs must not get them. */
export function withoutTokens(text: string): string {
  if (!text.includes("grant.") && !text.includes("dpk_")) return text;
  return text.replace(/(?:grant\.|dpk_)[\w.~%-]+/g, "[token]");
}
