// JSON text from a caller. A million brackets would take the parser seconds and gigabytes, so the depth is checked first.
import { type JsonValue, maxDepth } from "./json.ts";

const quote = 0x22;
const backslash = 0x5c;

/** Parses JSON text of at most 200 levels. Throws a `SyntaxError` for any other text. */
export function parseJson(text: string): JsonValue {
  if (mayBeDeeper(text) && isDeeper(text)) throw new SyntaxError(`JSON of more than ${maxDepth} levels`);
  return JSON.parse(text) as JsonValue;
}

/** False for most texts, at a fraction of the cost of parsing: they have few brackets, or only long lists of numbers. */
function mayBeDeeper(text: string): boolean {
  if (text.length <= maxDepth) return false;
  let left = maxDepth;
  for (const bracket of ["[", "{"]) {
    for (let at = text.indexOf(bracket); at !== -1; at = text.indexOf(bracket, at + 1)) {
      left--;
      if (left < 0) return true;
    }
  }
  return false;
}

/** Reads brackets and strings only. Text that is not JSON may have any result: the parser refuses it afterwards. */
function isDeeper(text: string): boolean {
  let depth = 0;
  for (let i = 0; i < text.length; i++) {
    const code = text.charCodeAt(i);
    if (code === quote) {
      i++;
      for (let inner = text.charCodeAt(i); inner !== quote && i < text.length; inner = text.charCodeAt(i)) {
        i += inner === backslash ? 2 : 1;
      }
    } else if ((code | 0x20) === 0x7b) {
      // `[` or `{`
      depth++;
      if (depth > maxDepth) return true;
    } else if ((code | 0x20) === 0x7d) depth--;
  }
  return false;
}
