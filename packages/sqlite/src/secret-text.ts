// Pads secrets so that their row shares its page with no other row.
import type { JsonObject } from "@deepaas/core";

// SQLite moves rows within a shared page, and overwrites a deleted row only at its last position, not at earlier ones. With
// pages of 4,096 bytes a row has 4,061 bytes in its first page and 4,092 in each further page; of a longer row the first page
// has only the rest. The padding is always more than half of it.
const inFirstPage = 3_500;
const inEachFurther = 4_092;

/** Returns JSON, padded with blanks. */
export function secretText(secrets: JsonObject): string {
  const text = JSON.stringify(secrets);
  const bytes = Buffer.byteLength(text);
  const further = Math.max(0, Math.ceil((bytes - inFirstPage) / inEachFurther));
  return text + " ".repeat(inFirstPage + further * inEachFurther - bytes);
}
