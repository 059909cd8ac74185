// JSON bodies: the bytes as strict text, parsed, and refused when nested so deep that walking them could overflow.

import { TextDecoder } from "node:util";
import type { JsonValue } from "@deepaas/core";
import { HttpFault, invalidJson } from "./http-fault.ts";

const maxDepth = 200;

/** Throws 400 for a charset that is not known, and for bytes that are not in it. */
export function decodeText(bytes: Uint8Array, charset: string | undefined): string {
  let decoder: TextDecoder;
  try {
    // Python calls it latin-1, the encoding standard does not.
    const label = charset === undefined ? "utf-8" : charset.replace(/^latin-(\d+)$/i, "latin$1");
    decoder = new TextDecoder(label, { fatal: true, ignoreBOM: true });
  } catch {
    throw new HttpFault(400, "The charset of the body is not known");
  }
  try {
    return decoder.decode(bytes);
  } catch {
    throw new HttpFault(400, `The body is not ${decoder.encoding}`);
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
  for (const member of Object.values(value)) refuseDeep(member as JsonValue, depth + 1);
}
