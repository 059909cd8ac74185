// JSON bodies. Text that is not valid in its charset, and JSON of more than 200 levels, is refused.
import { TextDecoder } from "node:util";
import { type JsonValue, parseJson } from "@deepaas/core";
import { HttpError, invalidJson } from "../http-error.ts";

const utf8 = new TextDecoder("utf-8", { fatal: true, ignoreBOM: true });

/** Throws 400 for an unknown charset, and for bytes that are not valid in the charset. */
export function decodeText(bytes: Uint8Array, charset: string | undefined, what = "the body"): string {
  const decoder = charset === undefined ? utf8 : decoderFor(charset, what);
  try {
    return decoder.decode(bytes);
  } catch {
    throw new HttpError(400, `The text of ${what} is not ${decoder.encoding}`);
  }
}

function decoderFor(charset: string, what: string): TextDecoder {
  try {
    // Python's name latin-1 is not in the Encoding Standard.
    return new TextDecoder(charset.replace(/^latin-(\d+)$/i, "latin$1"), { fatal: true, ignoreBOM: true });
  } catch {
    throw new HttpError(400, `The charset of ${what} is not known`);
  }
}

/** Throws the 400 of the Python server for everything that is not JSON, also for a byte order mark and invalid text. */
export function jsonFrom(bytes: Uint8Array, charset?: string): JsonValue {
  try {
    return parseJson(decodeText(bytes, charset));
  } catch (error) {
    if (error instanceof HttpError && error.message.includes("charset")) throw error;
    throw invalidJson();
  }
}
