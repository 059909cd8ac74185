// The headers that every response has, and those that let a page of another origin read it (https://fetch.spec.whatwg.org/).
import { randomUUID } from "node:crypto";
import type { IncomingMessage, ServerResponse } from "node:http";
import type { RestSettings } from "../options.ts";

const requestIdPattern = /^[A-Za-z0-9._:+/=-]{1,128}$/;
const exposedHeaders =
  "X-Request-Id, X-Weights-Version, Retry-After, Location, Link, ETag, Content-Disposition, Content-Range, Accept-Ranges";

/** Sets the headers of every response. Returns the request id: the `X-Request-Id` of the client if it is valid, else a new one. */
export function startResponse(req: IncomingMessage, res: ServerResponse, origins: RestSettings["origins"]): string {
  const given = req.headers["x-request-id"];
  const requestId = typeof given === "string" && requestIdPattern.test(given) ? given : randomUUID();
  res.setHeader("X-Content-Type-Options", "nosniff");
  res.setHeader("X-Request-Id", requestId);
  if (origins !== "same-origin" && allowOrigin(req, res, origins)) {
    res.setHeader("Access-Control-Expose-Headers", exposedHeaders);
  }
  return requestId;
}

/** Returns true if the page of the request has one of the allowed origins. */
function allowOrigin({ headers }: IncomingMessage, res: ServerResponse, origins: "any" | readonly string[]): boolean {
  const any = origins === "any";
  // A cache must not serve the response for one origin to another.
  if (!any) addVary(res, ["Origin"]);
  const { origin = "" } = headers;
  if (origin === "" || !(any || origins.includes(origin))) return false;
  res.setHeader("Access-Control-Allow-Origin", any ? "*" : origin);
  return true;
}

/** Answers a CORS preflight: the OPTIONS request that a browser sends before a request that a form could not send. */
export function answerPreflight({ headers }: IncomingMessage, res: ServerResponse, methods: readonly string[]): void {
  if (headers["access-control-request-method"] === undefined || !res.hasHeader("Access-Control-Allow-Origin")) return;
  res.setHeader("Access-Control-Allow-Methods", methods.join(", "));
  const requested = headers["access-control-request-headers"];
  if (requested !== undefined) res.setHeader("Access-Control-Allow-Headers", requested);
  addVary(res, ["Access-Control-Request-Headers"]);
  res.setHeader("Access-Control-Max-Age", "600");
}

/** Adds names to the `Vary` header. */
export function addVary(res: ServerResponse, names: readonly string[]): void {
  const known = res.getHeader("Vary");
  if (known === undefined) {
    res.setHeader("Vary", names.join(", "));
    return;
  }
  const before = String(known).split(/\s*,\s*/);
  const isNew = (name: string) => !before.some((one) => one === "*" || one.toLowerCase() === name.toLowerCase());
  const all = [...before, ...names.filter(isNew)];
  if (all.length > before.length) res.setHeader("Vary", all.join(", "));
}
