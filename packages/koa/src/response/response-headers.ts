// The headers that every response has, and those that let a page of another origin read it (https://fetch.spec.whatwg.org/).
import { randomUUID } from "node:crypto";
import type { IncomingMessage } from "node:http";
import { isRequestId } from "@deepaas/protocol";
import type { RestSettings } from "../options.ts";

const exposedHeaders =
  "X-Request-Id, X-Weights-Version, Retry-After, Location, Link, ETag, Content-Disposition, Content-Range, Accept-Ranges";

/** The headers of a response as a list: name, value, name, value. Hot path: Node.js writes such a list as it is. */
export type HeaderList = string[];

export interface StartedResponse {
  /** The `X-Request-Id` of the client if it is valid, else a new one. */
  readonly requestId: string;
  /** The headers of every response. */
  readonly responseHeaders: HeaderList;
}

export function startResponse({ headers }: IncomingMessage, origins: RestSettings["origins"]): StartedResponse {
  const given = headers["x-request-id"];
  const requestId = isRequestId(given) ? given : randomUUID();
  const responseHeaders = ["X-Content-Type-Options", "nosniff", "X-Request-Id", requestId];
  if (origins !== "same-origin") allowOrigin(headers.origin ?? "", responseHeaders, origins);
  return { requestId, responseHeaders };
}

/** Lets the page of the request read the response if it has one of the allowed origins. */
function allowOrigin(origin: string, responseHeaders: HeaderList, origins: "any" | readonly string[]): void {
  const any = origins === "any";
  // A cache must not serve the response for one origin to another.
  if (!any) responseHeaders.push("Vary", "Origin");
  if (origin === "" || !(any || origins.includes(origin))) return;
  responseHeaders.push("Access-Control-Allow-Origin", any ? "*" : origin);
  responseHeaders.push("Access-Control-Expose-Headers", exposedHeaders);
}

/** Answers a CORS preflight: the OPTIONS request that a browser sends before a request that a form could not send. */
export function answerPreflight(
  { headers }: IncomingMessage,
  responseHeaders: HeaderList,
  methods: readonly string[],
): void {
  const isAllowed = responseHeaders.includes("Access-Control-Allow-Origin");
  if (headers["access-control-request-method"] === undefined || !isAllowed) return;
  responseHeaders.push("Access-Control-Allow-Methods", methods.join(", "));
  const requested = headers["access-control-request-headers"];
  if (requested !== undefined) responseHeaders.push("Access-Control-Allow-Headers", requested);
  responseHeaders.push("Vary", "Access-Control-Request-Headers", "Access-Control-Max-Age", "600");
}

/** Returns the headers with one `Vary` for all of theirs, `names` and `known`, a value that was set before. */
export function withOneVary(headers: HeaderList, names: readonly string[], known?: string): HeaderList {
  const list: HeaderList = [];
  let vary = known;
  for (let i = 0; i < headers.length; i += 2) {
    const name = headers[i] as string;
    const value = headers[i + 1] as string;
    if (name === "Vary") vary = withVary(vary, [value]);
    else list.push(name, value);
  }
  if (names.length > 0) vary = withVary(vary, names);
  if (vary !== undefined) list.push("Vary", vary);
  return list;
}

/** Adds names to a value of the `Vary` header. */
function withVary(known: string | undefined, names: readonly string[]): string {
  if (known === undefined) return names.join(", ");
  const before = known.split(/\s*,\s*/);
  const isNew = (name: string) => !before.some((one) => one === "*" || one.toLowerCase() === name.toLowerCase());
  return [...before, ...names.filter(isNew)].join(", ");
}
