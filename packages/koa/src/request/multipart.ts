// multipart/form-data (RFC 7578). The parser stops emitting at its limits instead of failing, and a truncated part fails on
// its own stream. This module listens to all of these events and turns the first into one rejection.
import type { EventEmitter } from "node:events";
import { createWriteStream } from "node:fs";
import { pipeline } from "node:stream/promises";
import type { JsonObject, ModelFile } from "@deepaas/core";
import { fileFromPath, type PrivateFolder } from "@deepaas/core/node";
import { jsonPartName } from "@deepaas/protocol";
import { Busboy, type BusboyFileStream, type BusboyHeaders } from "@fastify/busboy";
import { HttpError, invalidJson, textTooLarge } from "../http-error.ts";
import { jsonFrom } from "./json.ts";

export interface MultipartOptions {
  readonly contentType: string;
  readonly folder: PrivateFolder;
  readonly maxFields: number;
  readonly maxFiles: number;
  /** Of all text parts together. 0: no limit. */
  readonly maxJsonBytes: number;
}

export interface Multipart {
  readonly form: Map<string, string[]>;
  readonly files: Map<string, ModelFile[]>;
  readonly exact?: JsonObject;
}

// The parser's own types lack the undefined name of a part without one.
type FieldEvent = [
  name: string | undefined,
  text: string,
  nameCut: boolean,
  textCut: boolean,
  encoding: string,
  contentType: string,
];
type FileEvent = [
  name: string | undefined,
  stream: BusboyFileStream,
  filename: string,
  encoding: string,
  contentType: string,
];

interface StoredPart {
  readonly name: string;
  readonly filename: string;
  readonly contentType: string;
  readonly path: string;
}

/** Rejects with 400 for a malformed body and 413 beyond a limit. The caller removes the folder in any case. */
export async function readMultipart(bytes: AsyncIterable<Buffer>, options: MultipartOptions): Promise<Multipart> {
  const parser = parserFor(options);
  const form = new Map<string, string[]>();
  const writing: Promise<StoredPart | undefined>[] = [];
  const giveUp = new AbortController();
  let exact: JsonObject | undefined;
  let textLeft = options.maxJsonBytes || Infinity;
  let fail: (error: unknown) => void = () => {};
  const finished = new Promise<void>((resolve, reject) => {
    fail = reject;
    parser.once("finish", resolve);
  });
  // Awaited only after all bytes were written; until then a rejection must not count as unhandled.
  finished.catch(() => {});
  parser.on("error", () => fail(new HttpError(400, "The multipart body is malformed or truncated")));
  onPartHeader(parser, (header) => {
    const fault = faultOf(header);
    if (fault !== undefined) fail(new HttpError(400, fault));
  });
  parser.once("fieldsLimit", () => fail(new HttpError(413, `The form has more than ${options.maxFields} fields`)));
  parser.once("filesLimit", () => fail(new HttpError(413, `The form has more than ${options.maxFiles} files`)));
  parser.on("field", (...[name, text, , textCut]: FieldEvent) => {
    if (name === undefined) return fail(new HttpError(400, "A part of the form has no name"));
    textLeft -= text.length;
    if (textCut || textLeft < 0) return fail(textTooLarge(options.maxJsonBytes));
    if (name !== jsonPartName) {
      add(form, name, text);
      return;
    }
    try {
      exact = objectFrom(text);
    } catch (error) {
      fail(error);
    }
  });
  parser.on("file", (...[name, stream, filename, , contentType]: FileEvent) => {
    const path = options.folder.newPath();
    const part = storePart(stream, { name: name ?? "", filename, contentType }, { path, signal: giveUp.signal });
    // Attached at once: a truncated part rejects before it is awaited below.
    part.catch(() => fail(new HttpError(400, "The multipart body is malformed or truncated")));
    writing.push(part);
    if (name === undefined) fail(new HttpError(400, "A part of the form has no name"));
  });
  try {
    for await (const chunk of bytes) {
      const taken = new Promise<void>((resolve) => parser.write(chunk, () => resolve()));
      await Promise.race([taken, finished]);
    }
    parser.end();
    await finished;
    const stored = (await Promise.all(writing)).filter((one) => one !== undefined);
    return { form, files: await toFiles(stored), ...(exact !== undefined && { exact }) };
  } catch (error) {
    giveUp.abort();
    // The caller removes the folder next: no file may still be opened in it.
    await Promise.allSettled(writing);
    throw error;
  }
}

function parserFor({ contentType, maxFields, maxFiles, maxJsonBytes }: MultipartOptions) {
  const headers: BusboyHeaders = { "content-type": contentType };
  const isPartAFile = (_name: string | undefined, type: string | undefined, filename: string | undefined) =>
    filename !== undefined || !(type === undefined || type.startsWith("text/") || type === "application/json");
  try {
    return new Busboy({
      headers,
      isPartAFile,
      limits: {
        fields: maxFields,
        files: maxFiles,
        fieldSize: maxJsonBytes || Infinity,
        headerPairs: 100,
        headerSize: 16_384,
      },
    });
  } catch {
    throw new HttpError(400, "The multipart body has no boundary");
  }
}

type PartHeader = Record<string, string[] | undefined>;

/**
 * The parser silently skips a part without a form-data disposition and reads an unknown charset as UTF-8. So this listens to
 * its inner parser, which its types do not declare; a test fails if that changes. The listener is prepended: the parser
 * reads the header as the listener leaves it.
 */
function onPartHeader(parser: object, listen: (header: PartHeader) => void): void {
  const { _parser: outer } = parser as { readonly _parser?: { readonly parser?: EventEmitter } };
  outer?.parser?.prependListener("part", (part: EventEmitter) => part.on("header", listen));
}

function faultOf(header: PartHeader): string | undefined {
  if (!/^form-data\s*(?:;|$)/i.test(header["content-disposition"]?.[0] ?? "")) return "A part of the form has no name";
  // As in the Python server. The parser's default is text/plain.
  if (isNamedFile(header)) header["content-type"] ??= ["application/octet-stream"];
  const [type = ""] = header["content-type"] ?? [];
  // Python's name latin-1 is unknown to the parser.
  if (/latin-1/i.test(type)) header["content-type"]?.splice(0, 1, type.replace(/latin-1/i, "latin1"));
  const charset = /;\s*charset\s*=\s*"?([^\s";]+)/i.exec(type)?.[1];
  return charset === undefined || knownCharset.test(charset) ? undefined : "The charset of a part is not known";
}

function isNamedFile(header: PartHeader): boolean {
  return /;\s*filename\*?\s*=/i.test(header["content-disposition"]?.[0] ?? "");
}

/** The charsets that the parser knows. */
const knownCharset = /^(?:utf-?8|utf-?16le|ucs-?2|(?:us-)?ascii|latin-?1|iso[-_]?8859-?1|windows-1252)$/i;

/** Returns undefined for an empty file input, which browsers send as an empty file without a name. */
async function storePart(
  stream: BusboyFileStream,
  part: Omit<StoredPart, "path">,
  to: { readonly path: Promise<string>; readonly signal: AbortSignal },
): Promise<StoredPart | undefined> {
  // A listener from the start: a part that is truncated while the folder is created would otherwise end the process.
  stream.on("error", () => {});
  const path = await to.path;
  // A stream that failed before it was read never ends the pipeline; the signal does.
  to.signal.throwIfAborted();
  await pipeline(stream, createWriteStream(path, { flags: "wx", mode: 0o600 }), { signal: to.signal });
  return part.filename === "" && stream.bytesRead === 0 ? undefined : { ...part, path };
}

async function toFiles(stored: readonly StoredPart[]): Promise<Map<string, ModelFile[]>> {
  const files = new Map<string, ModelFile[]>();
  for (const { name, filename, contentType, path } of stored) {
    add(files, name, await fileFromPath(path, { contentType, originalFilename: safeName(filename) }));
  }
  return files;
}

/** Returns the last part of the name without control characters, because it is used in headers, logs and paths. May be "". */
function safeName(filename: string | undefined): string {
  const last = (filename ?? "").split(/[\\/]/).at(-1) ?? "";
  const name = last.replace(/\p{Cc}/gu, "").trim();
  return name === "." || name === ".." ? "" : name.slice(0, 255);
}

function objectFrom(text: string): JsonObject {
  const value = jsonFrom(Buffer.from(text));
  if (typeof value !== "object" || value === null || Array.isArray(value)) throw invalidJson();
  return value as JsonObject;
}

function add<T>(map: Map<string, T[]>, name: string, value: T): void {
  const values = map.get(name);
  if (values) values.push(value);
  else map.set(name, [value]);
}
