// Sends one request and converts its failures to errors of the service.
import { abortReason, type CallOptions, DeepaasError, type ErrorCode, type ErrorData } from "@deepaas/core";
import { errorCodeTable, httpStatusOf, problemMediaType } from "@deepaas/protocol";
import { checkedUrl } from "./checked-url.ts";
import type { UploadProgress } from "./connected-service.ts";
import type { RestBody } from "./rest-body.ts";
import { upload } from "./upload.ts";

type HeaderRecord = Readonly<Record<string, string>>;

export interface ConnectRestOptions {
  /** Headers of each request, for example `Authorization`. A function is called for each request. */
  readonly headers?: HeaderRecord | (() => HeaderRecord | Promise<HeaderRecord>);
  /** Heartbeat interval of the server, in milliseconds. A stream silent for three intervals fails. Default 15,000. 0: no limit. */
  readonly heartbeatMs?: number;
  /** Default: the global `fetch`. */
  readonly fetch?: typeof globalThis.fetch;
}

export interface RestCall {
  readonly method?: "GET" | "POST" | "PUT" | "DELETE";
  readonly accept?: string;
  /** The header `Prefer` (RFC 7240). */
  readonly prefer?: string | undefined;
  /** An error status whose JSON body is a result, not an error. */
  readonly alsoOk?: number;
  readonly body?: RestBody;
  readonly options?: CallOptions | undefined;
  readonly onUploadProgress?: ((sent: UploadProgress) => void) | undefined;
}

/** Returns a successful response before its body is read. Rejects with the error of the server. */
export type RestCaller = (path: string, call: RestCall) => Promise<Response>;

export function restCaller(url: string | URL, { headers, fetch }: ConnectRestOptions): RestCaller {
  const base = checkedUrl("connectRest", url);
  return async (path, call) => {
    const { method = "GET", accept = "*/*", prefer, body, options = {}, onUploadProgress } = call;
    const signal = signalOf(options);
    if (signal?.aborted) throw abortReason(signal);
    const given = typeof headers === "function" ? await headersFrom(headers) : headers;
    const request = {
      method,
      headers: {
        ...given,
        Accept: accept,
        ...(prefer !== undefined && { Prefer: prefer }),
        ...(body && "contentType" in body && { "Content-Type": body.contentType }),
        ...(options.requestId !== undefined && { "X-Request-Id": options.requestId }),
        ...(options.traceparent !== undefined && { traceparent: options.traceparent }),
      },
      ...(signal && { signal }),
    };
    let response: Response;
    try {
      if (onUploadProgress && body && "fileBytes" in body) {
        const onSent = progressOf(body.fileBytes, onUploadProgress);
        response = await upload({ ...request, url: `${base}${path}`, form: body.content, onSent }, fetch);
      } else
        response = await (fetch ?? globalThis.fetch)(`${base}${path}`, { ...request, body: body?.content ?? null });
    } catch (error) {
      throw dropped(error, signal);
    }
    if (response.ok) return response;
    const isJson = response.headers.get("Content-Type")?.startsWith("application/json") === true;
    if (response.status === call.alsoOk && isJson) return response;
    throw DeepaasError.from(await errorOf(response));
  };
}

/** Converts sent bytes of the form to bytes of its files. The headers of the parts are counted, too, so it is limited to the total. */
function progressOf(total: number, tell: (sent: UploadProgress) => void): (bytes: number) => void {
  let told = 0;
  return (sent) => {
    const bytes = Math.min(total, sent);
    if (bytes === told) return;
    told = bytes;
    tell({ bytes, total });
  };
}

async function headersFrom(headers: () => HeaderRecord | Promise<HeaderRecord>): Promise<HeaderRecord> {
  try {
    return await headers();
  } catch (error) {
    if (DeepaasError.is(error)) throw error;
    throw new DeepaasError("unauthenticated", "There are no headers to ask with.", { cause: error });
  }
}

/** Returns the error of a call that its caller ended, or whose connection was lost. */
export function dropped(error: unknown, signal: AbortSignal | undefined): DeepaasError {
  if (DeepaasError.is(error)) return error;
  if (signal?.aborted) return abortReason(signal);
  return new DeepaasError("unavailable", "The server cannot be reached, or the connection dropped.", { cause: error });
}

/** Longest timer of Node.js and browsers, in milliseconds. A longer one would end at once. */
export const maxTimeoutMs = 0x7fff_ffff;

const signals = new WeakMap<CallOptions, AbortSignal | undefined>();

/** Combines the signal and timeout of the call and the signal of its caller. Returns the same signal for the request and for reading its response. */
export function signalOf(options: CallOptions): AbortSignal | undefined {
  if (signals.has(options)) return signals.get(options);
  const { signal, timeoutMs, caller } = options;
  const timeout =
    timeoutMs === undefined ? undefined : AbortSignal.timeout(Math.ceil(Math.min(timeoutMs, maxTimeoutMs)));
  const all = [signal, caller?.signal, timeout].filter((one) => one !== undefined);
  const any = all.length > 1 ? AbortSignal.any(all) : all[0];
  signals.set(options, any);
  return any;
}

async function errorOf(response: Response): Promise<ErrorData> {
  const type = response.headers.get("Content-Type") ?? "";
  const text = await response.text().catch(() => "");
  if (type.startsWith(problemMediaType)) {
    const { code, detail, issues, retryAfterMs, status, first, last } = JSON.parse(text) as ErrorData & {
      readonly detail: string;
    };
    const details = { issues, retryAfterMs, first, last };
    // Only what a model means is part of the error.
    const isMeant =
      status !== undefined && status !== httpStatusOf({ code, message: detail }) && code !== "out_of_range";
    const present = Object.fromEntries(Object.entries(details).filter(([, value]) => value !== undefined));
    return { code, message: detail, ...present, ...(isMeant && { status }) };
  }
  const retryAfter = Number(response.headers.get("Retry-After"));
  return {
    code: codeOfStatus(response.status),
    message: text.slice(0, 500) || `The server answered ${response.status}.`,
    ...(retryAfter > 0 && { retryAfterMs: retryAfter * 1_000 }),
  };
}

/** For a response of something between client and server, such as a proxy. */
function codeOfStatus(status: number): ErrorCode {
  if (status === 502 || status === 503 || status === 504) return "unavailable";
  const found = Object.entries(errorCodeTable).find(([, { http }]) => http === status);
  return found ? (found[0] as ErrorCode) : status < 500 ? "failed_precondition" : "internal";
}
