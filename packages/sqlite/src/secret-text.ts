// Secrets on their way into a row that shares its page with no other.
import type { JsonObject } from "@deepaas/core";

// SQLite moves the rows of a shared page about, and what it zeroes when a row is deleted is where that row lies then,
// not where it lay before. With pages of 4,096 bytes a row has 4,061 in its first page and 4,092 in each further one;
// of a longer row the first page holds only the rest. This much is always more than half of it.
const inFirstPage = 3_500;
const inEachFurther = 4_092;

/** JSON, filled up with blanks. */
export function secretText(secrets: JsonObject): string {
  const text = JSON.stringify(secrets);
  const bytes = Buffer.byteLength(text);
  const further = Math.max(0, Math.ceil((bytes - inFirstPage) / inEachFurther));
  return text + " ".repeat(inFirstPage + further * inEachFurther - bytes);
}
