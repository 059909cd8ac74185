// Writes a response with Node.js alone.
import type { ServerResponse } from "node:http";
import { Readable } from "node:stream";
import type { HttpResponse } from "./http-response.ts";
import { type HeaderList, withVary } from "./response-headers.ts";

/** `responseHeaders`: of the request. */
export function writeResponse(
  res: ServerResponse,
  { status = 200, headers = {}, vary = [], body }: HttpResponse,
  responseHeaders: HeaderList,
): void {
  const list = withOneVary(responseHeaders, vary);
  for (const name in headers) list.push(name, headers[name] as string);
  if (typeof body === "function") {
    res.writeHead(status, list);
    res.flushHeaders();
    body(res);
  } else if (body instanceof Readable) {
    res.writeHead(status, list);
    body.once("error", (error) => res.destroy(error));
    res.once("close", () => body.destroy());
    body.pipe(res);
  } else {
    list.push("Content-Length", String(body === undefined ? 0 : Buffer.byteLength(body)));
    res.writeHead(status, list);
    res.end(body);
  }
}

/** Returns a copy of the headers with one `Vary` for all of theirs and `names`. */
function withOneVary(responseHeaders: HeaderList, names: readonly string[]): HeaderList {
  const list: HeaderList = [];
  let vary: string | undefined;
  for (let i = 0; i < responseHeaders.length; i += 2) {
    const name = responseHeaders[i] as string;
    const value = responseHeaders[i + 1] as string;
    if (name === "Vary") vary = withVary(vary, [value]);
    else list.push(name, value);
  }
  if (names.length > 0) vary = withVary(vary, names);
  if (vary !== undefined) list.push("Vary", vary);
  return list;
}
