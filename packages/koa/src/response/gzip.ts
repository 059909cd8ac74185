// Compresses responses of JSON and plain text from a configured length on, if the client accepts gzip.
import { promisify } from "node:util";
import { gzip } from "node:zlib";
import { acceptsGzip } from "../request/accept.ts";
import type { HttpResponse } from "./http-response.ts";

export const gzipBytes = promisify(gzip);

/** True for JSON and plain text of at least `fromLength` characters. 0: never. */
export function isCompressible({ body, headers = {} }: HttpResponse, fromLength: number): boolean {
  if (fromLength === 0 || typeof body !== "string" || body.length < fromLength) return false;
  // A response with an entity tag or an encoding has it for exactly these bytes.
  if (headers.ETag !== undefined || headers["Content-Encoding"] !== undefined) return false;
  return /[/+]json\b|^text\/plain\b/.test(headers["Content-Type"] ?? "");
}

/** Returns a compressible response with gzip, if the client accepts it. Compresses off the event loop. */
export async function gzipped(response: HttpResponse, acceptEncoding: string | undefined): Promise<HttpResponse> {
  const { body, headers = {}, vary = [] } = response;
  const varied = { ...response, vary: [...vary, "Accept-Encoding"] };
  if (!acceptsGzip(acceptEncoding)) return varied;
  return { ...varied, headers: { ...headers, "Content-Encoding": "gzip" }, body: await gzipBytes(body as string) };
}
