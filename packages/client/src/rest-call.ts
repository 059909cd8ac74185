// One request, and what can go wrong with it, in the words of the seam.
import { abortReason, type CallOptions, DeepaasError, type ErrorCode, type ErrorData } from "@deepaas/core";
import { errorCodeTable, problemMediaType } from "@deepaas/protocol";
import type { UploadProgress } from "./connected-service.ts";
import type { RestBody } from "./rest-body.ts";
import { upload } from "./upload.ts";

type HeaderRecord = Readonly<Record<string, string>>;

export interface ConnectRestOptions {
  /** Sent with each request: an `Authorization`, say. A function is asked anew for each. */
  readonly headers?: HeaderRecord | (() => HeaderRecord | Promise<HeaderRecord>);
  /** A stream that says nothing for three of these is given up, in milliseconds. Default 15,000, as servers; 0: never. */
  readonly heartbeatMs?: number;
  /** Default: the global `fetch`. */
  readonly fetch?: typeof globalThis.fetch;
}

export interface RestCall {
  readonly method?: "GET" | "POST" | "PUT" | "DELETE";
  readonly accept?: string;
  /** A status besides 2xx that is an answer and not an error, if its body is JSON. */
  readonly alsoOk?: number;
  readonly body?: RestBody;
  readonly options?: CallOptions | undefined;
  readonly onUploadProgress?: ((sent: UploadProgress) => void) | undefined;
}

/** Gives the answer's head when the server has taken the call; rejects with the server's error when it has not. */
export type RestCaller = (path: string, call: RestCall) => Promise<Response>;

export function restCaller(url: string | URL, { headers, fetch }: ConnectRestOptions): RestCaller {
  const base = String(url).replace(/\/+$/, "");
  return async (path, call) => {
    const { method = "GET", accept = "*/*", body, options = {}, onUploadProgress } = call;
    const signal = signalOf(options);
    if (signal?.aborted) throw abortReason(signal);
    const given = typeof headers === "function" ? await headersFrom(headers) : headers;
    const request = {
      method,
      headers: {
        ...given,
        Accept: accept,
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

/** From the bytes of a form to those of its files, which come last: what is a few hundred bytes too much is cut off. */
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

/** What a call that its caller ended, or whose connection broke, rejects with. */
export function dropped(error: unknown, signal: AbortSignal | undefined): DeepaasError {
  if (DeepaasError.is(error)) return error;
  if (signal?.aborted) return abortReason(signal);
  return new DeepaasError("unavailable", "The server cannot be reached, or the connection dropped.", { cause: error });
}

const signals = new WeakMap<CallOptions, AbortSignal | undefined>();

/** The caller's signal and its time together; the same one for the request and for reading its answer. */
export function signalOf(options: CallOptions): AbortSignal | undefined {
  if (signals.has(options)) return signals.get(options);
  const { signal, timeoutMs } = options;
  const timeout = timeoutMs === undefined ? undefined : AbortSignal.timeout(timeoutMs);
  const both = signal && timeout ? AbortSignal.any([signal, timeout]) : (signal ?? timeout);
  signals.set(options, both);
  return both;
}

async function errorOf(response: Response): Promise<ErrorData> {
  const type = response.headers.get("Content-Type") ?? "";
  const text = await response.text().catch(() => "");
  if (type.startsWith(problemMediaType)) {
    const { code, detail, issues, retryAfterMs, first, last } = JSON.parse(text) as ErrorData & {
      readonly detail: string;
    };
    const details = { issues, retryAfterMs, first, last };
    const present = Object.fromEntries(Object.entries(details).filter(([, value]) => value !== undefined));
    return { code, message: detail, ...present };
  }
  const retryAfter = Number(response.headers.get("Retry-After"));
  return {
    code: codeOfStatus(response.status),
    message: text.slice(0, 500) || `The server answered ${response.status}.`,
    ...(retryAfter > 0 && { retryAfterMs: retryAfter * 1_000 }),
  };
}

/** For what is answered by something between us and the server. */
function codeOfStatus(status: number): ErrorCode {
  if (status === 502 || status === 503 || status === 504) return "unavailable";
  const found = Object.entries(errorCodeTable).find(([, { http }]) => http === status);
  return found ? (found[0] as ErrorCode) : status < 500 ? "failed_precondition" : "internal";
}
