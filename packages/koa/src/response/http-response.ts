// A response as the routes return it: status, headers and body, without the web framework.
import type { ServerResponse } from "node:http";
import type { Readable } from "node:stream";
import { ownMediaType } from "@deepaas/protocol";

export interface HttpResponse {
  /** Default 200. */
  readonly status?: number;
  readonly headers?: Readonly<Record<string, string>>;
  /** Request headers that select between representations: added to `Vary`. */
  readonly vary?: readonly string[];
  /** A function writes the body itself, after the headers were sent. Absent: no body. */
  readonly body?: string | Buffer | Readable | ((res: ServerResponse) => void);
}

/** Compact UTF-8 JSON. */
export function jsonResponse(value: unknown, type = "application/json; charset=utf-8"): HttpResponse {
  return { headers: { "Content-Type": type }, body: JSON.stringify(value) };
}

/** JSON in the shape of this project, on a route that has another one for clients of DEEPaaS V2. */
export function ownJsonResponse(value: unknown): HttpResponse {
  return { ...jsonResponse(value, ownMediaType), vary: ["Accept"] };
}

/** JSON in the shape of DEEPaaS V2, on a route that has another one of this project. */
export function v2JsonResponse(value: unknown): HttpResponse {
  return { ...jsonResponse(value), vary: ["Accept"] };
}

export function textResponse(status: number, text: string): HttpResponse {
  return { status, headers: { "Content-Type": "text/plain; charset=utf-8" }, body: text };
}
