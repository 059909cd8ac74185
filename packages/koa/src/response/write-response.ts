// Writes a response with Node.js alone.
import type { ServerResponse } from "node:http";
import { Readable } from "node:stream";
import type { HttpResponse } from "./http-response.ts";
import { type HeaderList, withOneVary } from "./response-headers.ts";

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
