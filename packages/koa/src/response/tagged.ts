// A response with an entity tag, by which a client knows that its copy is current (RFC 9110, section 13).
import { createHash } from "node:crypto";
import { acceptsGzip } from "../request/accept.ts";
import type { HttpRequest } from "../request/http-request.ts";
import { gzipBytes } from "./gzip.ts";
import type { HttpResponse } from "./http-response.ts";

export interface TaggedContent {
  readonly type: string;
  /** A strong entity tag, without quotes. */
  readonly tag: string;
  readonly bytes: Buffer;
  /** The same, compressed. Absent if that saves nothing. */
  readonly gzipped?: Buffer | undefined;
}

export function taggedResponse(request: HttpRequest, content: TaggedContent): HttpResponse {
  const { type, tag, bytes, gzipped } = content;
  const zipped = gzipped !== undefined && acceptsGzip(request.req.headers["accept-encoding"]) ? gzipped : undefined;
  // Each encoding is a representation of its own.
  const etag = zipped ? `"${tag}-gzip"` : `"${tag}"`;
  const headers = { "Cache-Control": "no-cache", ETag: etag };
  const vary = gzipped === undefined ? [] : ["Accept-Encoding"];
  if (isCurrent(request.header("if-none-match"), etag)) return { status: 304, headers, vary };
  const encoding = zipped && { "Content-Encoding": "gzip" };
  return { headers: { ...headers, ...encoding, "Content-Type": type }, vary, body: zipped ?? bytes };
}

/** Ignores the `no-cache` that `fetch` adds to a conditional request. */
function isCurrent(header: string, etag: string): boolean {
  const tags = header.split(",").map((one) => one.trim().replace(/^W\//, ""));
  return tags.includes(etag) || tags.includes("*");
}

/** The content of a file that does not change while the server runs. */
export async function fileContent(type: string, bytes: Buffer): Promise<TaggedContent> {
  const isCompressible = /^text\/|svg/.test(type) && bytes.length > 1_024;
  return { type, tag: tagOf(bytes), bytes, ...(isCompressible && { gzipped: await gzipBytes(bytes) }) };
}

/** Returns a function that loads each file once. A file that could not be loaded is tried again the next time. */
export function loadedOnce(load: (name: string) => Promise<TaggedContent>): (name: string) => Promise<TaggedContent> {
  const loaded = new Map<string, Promise<TaggedContent>>();
  return (name) => {
    let content = loaded.get(name);
    if (!content) {
      content = load(name);
      loaded.set(name, content);
      content.catch(() => loaded.delete(name));
    }
    return content;
  };
}

/** Returns the headers of an HTML page of this server. `policy`: the directives of its content security policy. */
export function pageHeaders(policy: readonly string[]): Readonly<Record<string, string>> {
  return {
    "Content-Security-Policy": policy.join("; "),
    "Referrer-Policy": "no-referrer",
    "X-Frame-Options": "DENY",
  };
}

export function tagOf(bytes: string | Uint8Array): string {
  return createHash("sha256").update(bytes).digest("base64url").slice(0, 27);
}
