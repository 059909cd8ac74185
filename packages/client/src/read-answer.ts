// Converts a successful response to a JSON value or a file.
import { createModelFile, DeepaasError, type JsonValue, type ModelFile } from "@deepaas/core";
import { ownMediaType } from "@deepaas/protocol";
import { dropped } from "./rest-call.ts";

export async function jsonFrom(response: Response): Promise<JsonValue> {
  if (response.status === 204) return null;
  try {
    return JSON.parse(await response.text()) as JsonValue;
  } catch (error) {
    if (!(error instanceof SyntaxError)) throw dropped(error, undefined);
    throw new DeepaasError("unavailable", "The answer is not JSON: is something else at this address?", {
      cause: error,
    });
  }
}

/** Returns the result of `predict`: JSON for this project's media type, else a file. */
export async function valueFrom(response: Response): Promise<JsonValue | ModelFile> {
  const isJson = response.headers.get("Content-Type")?.startsWith(ownMediaType) === true;
  return isJson ? jsonFrom(response) : fileFrom(response);
}

/** `stream` passes the response on. `bytes` stores it, so that it can be read again. */
export function fileFrom(response: Response): ModelFile {
  const contentType = response.headers.get("Content-Type") ?? "";
  const length = response.headers.get("Content-Length");
  const name = filenameFrom(response.headers.get("Content-Disposition") ?? "");
  let kept: Promise<Uint8Array<ArrayBuffer>> | undefined;
  return createModelFile(
    {
      ...(length !== null && !response.headers.has("Content-Encoding") && { size: Number(length) }),
      bytes() {
        kept ??= response.arrayBuffer().then(
          (buffer) => new Uint8Array(buffer),
          (error: unknown) => Promise.reject(dropped(error, undefined)),
        );
        return kept;
      },
      stream() {
        if (kept) return streamOf(kept);
        return response.body ?? streamOf(Promise.resolve(new Uint8Array()));
      },
    },
    { contentType, ...(name !== undefined && { originalFilename: name }) },
  );
}

function streamOf(bytes: Promise<Uint8Array<ArrayBuffer>>): ReadableStream<Uint8Array<ArrayBuffer>> {
  return new ReadableStream({
    async start(controller) {
      controller.enqueue(await bytes);
      controller.close();
    },
  });
}

/** The extended form has precedence (RFC 6266). */
function filenameFrom(disposition: string): string | undefined {
  const extended = /filename\*=UTF-8''([^;\s]+)/i.exec(disposition)?.[1];
  if (extended !== undefined) return decodeURIComponent(extended);
  return (
    /filename="((?:[^"\\]|\\.)*)"/i.exec(disposition)?.[1]?.replace(/\\(.)/g, "$1") ??
    /filename=([^;\s]+)/i.exec(disposition)?.[1]
  );
}
