// JSON bodies: the bytes as strict text, parsed, and refused when nested so deep that walking them could overflow.

import { TextDecoder } from "node:util";
import type { JsonObject, JsonValue } from "@deepaas/core";
import { HttpFault, invalidJson } from "./http-fault.ts";

const maxDepth = 200;
const utf8 = new TextDecoder("utf-8", { fatal: true, ignoreBOM: true });

/** Throws 400 for a charset that is not known, and for bytes that are not in it. */
export function decodeText(bytes: Uint8Array, charset: string | undefined): string {
  const decoder = charset === undefined ? utf8 : decoderFor(charset);
  try {
    return decoder.decode(bytes);
  } catch {
    throw new HttpFault(400, `The body is not ${decoder.encoding}`);
  }
}

function decoderFor(charset: string): TextDecoder {
  try {
    // Python calls it latin-1, the encoding standard does not.
    return new TextDecoder(charset.replace(/^latin-(\d+)$/i, "latin$1"), { fatal: true, ignoreBOM: true });
  } catch {
    throw new HttpFault(400, "The charset of the body is not known");
  }
}

/** Throws the original's 400 for everything that is not JSON, byte order mark and broken text included. */
export function parseJson(bytes: Uint8Array, charset?: string): JsonValue {
  let value: JsonValue;
  try {
    value = JSON.parse(decodeText(bytes, charset)) as JsonValue;
  } catch (error) {
    if (error instanceof HttpFault && error.message.includes("charset")) throw error;
    throw invalidJson();
  }
  refuseDeep(value, 0);
  return value;
}

function refuseDeep(value: JsonValue, depth: number): void {
  if (typeof value !== "object" || value === null) return;
  if (depth >= maxDepth) throw invalidJson();
  if (Array.isArray(value)) for (const item of value as readonly JsonValue[]) refuseDeep(item, depth + 1);
  else for (const name of Object.keys(value)) refuseDeep((value as JsonObject)[name] as JsonValue, depth + 1);
}
