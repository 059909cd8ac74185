// The header of a part of multipart/form-data (RFC 7578), as clients send it: RFC 6266 for names of files, and what browsers,
// curl, Postman and aiohttp make of it.
import { jsonPartName } from "@deepaas/protocol";
import { HttpError } from "../http-error.ts";
import { decodeText } from "./json.ts";

/** Header names in lower case, values with a character per byte. */
export type RawHeader = Record<string, string[] | undefined>;

export interface PartHeader {
  readonly name: string;
  /** Undefined if the part is text, which is read in memory. */
  readonly file: { readonly contentType: string; readonly originalFilename: string } | undefined;
  /** Of a text. */
  readonly charset: string | undefined;
  readonly isBase64: boolean;
}

/** Throws 400 for a part that is no field of a form, and for an unknown transfer encoding. */
export function readPartHeader(header: RawHeader): PartHeader {
  const [disposition = ""] = header["content-disposition"] ?? [];
  const params = parameters(disposition);
  const name = params.get("name");
  if (!/^form-data\s*(?:;|$)/i.test(disposition) || name === undefined) {
    throw new HttpError(400, "A part of the form has no name");
  }
  const type = header["content-type"]?.[0]?.trim() || undefined;
  const filename = extendedValue(params.get("filename*")) ?? textOf(params.get("filename"));
  return {
    name: textOf(name),
    file: isFile(name, filename, type)
      ? { contentType: type ?? "application/octet-stream", originalFilename: safeName(filename ?? "") }
      : undefined,
    charset: type === undefined ? undefined : parameters(type).get("charset"),
    isBase64: isBase64(header["content-transfer-encoding"]?.[0] ?? ""),
  };
}

function isFile(name: string, filename: string | undefined, type: string | undefined): boolean {
  if (name === jsonPartName) return false;
  return filename !== undefined || (type !== undefined && !/^(?:text\/|application\/json\b)/i.test(type));
}

const parameter = /;\s*([^\s=;]+)\s*=\s*(?:"((?:[^"\\]|\\.)*)"|([^;\s]*))/g;

/** Names in lower case. Browsers write `\` and `"` in a name as `\\`, `\"` or `%22`. */
function parameters(value: string): ReadonlyMap<string, string> {
  const found = new Map<string, string>();
  for (const [, key = "", quoted, plain = ""] of value.matchAll(parameter)) {
    const name = key.toLowerCase();
    if (!found.has(name)) found.set(name, quoted === undefined ? plain : quoted.replace(/\\(["\\])/g, "$1"));
  }
  return found;
}

/** RFC 8187: `UTF-8''R%C3%A9sum%C3%A9.png`, which Postman also puts into quotes. Undefined if it cannot be decoded. */
function extendedValue(value: string | undefined): string | undefined {
  const [, charset = "", text = ""] = /^([^']*)'[^']*'(.*)$/s.exec(value ?? "") ?? [];
  if (charset === "") return undefined;
  const bytes = text.replace(/%([\da-f]{2})/gi, (_escape, hex: string) =>
    String.fromCharCode(Number.parseInt(hex, 16)),
  );
  try {
    return decodeText(Buffer.from(bytes, "latin1"), charset);
  } catch {
    return undefined;
  }
}

/** Text in a header is UTF-8 in practice; older clients send latin1. */
function textOf(bytes: string): string;
function textOf(bytes: string | undefined): string | undefined;
function textOf(bytes: string | undefined): string | undefined {
  if (bytes === undefined) return undefined;
  try {
    return decodeText(Buffer.from(bytes, "latin1"), undefined);
  } catch {
    return bytes;
  }
}

function isBase64(encoding: string): boolean {
  const name = encoding.trim().toLowerCase();
  if (name === "base64") return true;
  if (["", "7bit", "8bit", "binary"].includes(name)) return false;
  throw new HttpError(400, "The transfer encoding of a part is not known");
}

/** Returns the last part of the name without control characters, because it is used in headers, logs and paths. May be "". */
function safeName(filename: string): string {
  const last = filename.split(/[\\/]/).at(-1) ?? "";
  const name = last.replace(/\p{Cc}/gu, "").trim();
  return name === "." || name === ".." ? "" : name.slice(0, 255);
}
