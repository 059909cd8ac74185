// application/x-www-form-urlencoded. `URLSearchParams` reads UTF-8 only, and replaces what is not UTF-8 without a word.
import type { Texts } from "@deepaas/protocol";
import { HttpError } from "../http-error.ts";
import { decodeText } from "./json.ts";

/** Throws 413 for too many fields, and 400 for bytes that are not valid in the charset. */
export function readForm(body: Buffer, charset: string | undefined, maxFields: number): Texts {
  const form = new Map<string, string[]>();
  let count = 0;
  for (let start = 0; start < body.length; ) {
    const found = body.indexOf(0x26, start);
    const end = found === -1 ? body.length : found;
    count++;
    if (count > maxFields) throw new HttpError(413, `The form has more than ${maxFields} fields`);
    const equals = body.subarray(start, end).indexOf(0x3d);
    const middle = equals === -1 ? end : start + equals;
    if (end > start) {
      const name = decodeText(percentDecoded(body.subarray(start, middle)), charset);
      const value = decodeText(percentDecoded(body.subarray(Math.min(middle + 1, end), end)), charset);
      const values = form.get(name);
      if (values) values.push(value);
      else form.set(name, [value]);
    }
    start = end + 1;
  }
  return form;
}

function percentDecoded(bytes: Buffer): Buffer {
  const decoded = Buffer.allocUnsafe(bytes.length);
  let length = 0;
  for (let i = 0; i < bytes.length; i++) {
    let byte = bytes[i] as number;
    if (byte === 0x2b) byte = 0x20;
    else if (byte === 0x25) {
      const high = hexDigit(bytes[i + 1]);
      const low = hexDigit(bytes[i + 2]);
      if (high >= 0 && low >= 0) {
        byte = high * 16 + low;
        i += 2;
      }
    }
    decoded[length++] = byte;
  }
  return decoded.subarray(0, length);
}

/** Returns -1 for a byte that is no hexadecimal digit. */
function hexDigit(byte = 0): number {
  if (byte >= 0x30 && byte <= 0x39) return byte - 0x30;
  const letter = byte | 0x20;
  return letter >= 0x61 && letter <= 0x66 ? letter - 0x57 : -1;
}
