// Compresses JSON responses from a configured length on, if the client accepts gzip.
import { promisify } from "node:util";
import { gzip } from "node:zlib";
import { acceptsGzip } from "../request/accept.ts";
import type { HttpResponse } from "./http-response.ts";

export const gzipBytes = promisify(gzip);

/** Returns `response` compressed if it is JSON of at least `fromLength` characters. Compresses off the event loop. */
export async function gzipped(
  response: HttpResponse,
  options: { readonly fromLength: number; readonly acceptEncoding: string | undefined },
): Promise<HttpResponse> {
  const { body, headers = {}, vary = [] } = response;
  // A response with an entity tag or an encoding has it for exactly these bytes.
  const isFinal = headers.ETag !== undefined || headers["Content-Encoding"] !== undefined;
  if (typeof body !== "string" || body.length < options.fromLength || isFinal) return response;
  if (!/[/+]json\b/.test(headers["Content-Type"] ?? "")) return response;
  const varied = { ...response, vary: [...vary, "Accept-Encoding"] };
  if (!acceptsGzip(options.acceptEncoding)) return varied;
  return { ...varied, headers: { ...headers, "Content-Encoding": "gzip" }, body: await gzipBytes(body) };
}
