// multipart/form-data (RFC 7578). The parser stops emitting at its limits instead of failing, and a part that is cut off
// fails on its own stream: every such sign is listened for here, and turned into one rejection.
import type { EventEmitter } from "node:events";
import { createWriteStream } from "node:fs";
import { pipeline } from "node:stream/promises";
import type { JsonObject, ModelFile } from "@deepaas/core";
import { fileFromPath } from "@deepaas/core/node";
import { jsonPartName } from "@deepaas/protocol";
import { Busboy, type BusboyFileStream, type BusboyHeaders } from "@fastify/busboy";
import { bodyTooLarge, HttpFault, invalidJson } from "./http-fault.ts";
import { parseJson } from "./read-json.ts";
import type { UploadFolder } from "./upload-folder.ts";

export interface MultipartOptions {
  readonly contentType: string;
  readonly folder: UploadFolder;
  readonly maxFields: number;
  readonly maxFiles: number;
  readonly maxBodyBytes: number;
}

export interface Multipart {
  readonly form: Map<string, string[]>;
  readonly files: Map<string, ModelFile[]>;
  readonly exact?: JsonObject;
}

// As its types have it, but for a part without a name.
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

interface Kept {
  readonly name: string;
  readonly filename: string;
  readonly contentType: string;
  readonly path: string;
}

/** Rejects with 400 for what is broken, 413 beyond a limit. Whatever it has written by then is the folder's to remove. */
export async function readMultipart(bytes: AsyncIterable<Buffer>, options: MultipartOptions): Promise<Multipart> {
  const parser = parserFor(options);
  const form = new Map<string, string[]>();
  const writing: Promise<Kept | undefined>[] = [];
  const giveUp = new AbortController();
  let exact: JsonObject | undefined;
  let fail: (error: unknown) => void = () => {};
  const finished = new Promise<void>((resolve, reject) => {
    fail = reject;
    parser.once("finish", resolve);
  });
  // Looked at only after the bytes are through; until then it must not count as unhandled.
  finished.catch(() => {});
  parser.on("error", () => fail(new HttpFault(400, "The multipart body is broken or cut off")));
  onPartHeader(parser, (header) => {
    const fault = faultOf(header);
    if (fault !== undefined) fail(new HttpFault(400, fault));
  });
  parser.once("fieldsLimit", () => fail(new HttpFault(413, `The form has more than ${options.maxFields} fields`)));
  parser.once("filesLimit", () => fail(new HttpFault(413, `The form has more than ${options.maxFiles} files`)));
  parser.on("field", (...[name, text, , textCut]: FieldEvent) => {
    if (name === undefined) return fail(new HttpFault(400, "A part of the form has no name"));
    if (textCut) return fail(bodyTooLarge(options.maxBodyBytes, options.maxBodyBytes));
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
    const kept = keep(stream, { name: name ?? "", filename, contentType }, { path, signal: giveUp.signal });
    // At once: a cut-off part rejects before anything below awaits it.
    kept.catch(() => fail(new HttpFault(400, "The multipart body is broken or cut off")));
    writing.push(kept);
    if (name === undefined) fail(new HttpFault(400, "A part of the form has no name"));
  });
  try {
    for await (const chunk of bytes) {
      const taken = new Promise<void>((resolve) => parser.write(chunk, () => resolve()));
      await Promise.race([taken, finished]);
    }
    parser.end();
    await finished;
    const kept = (await Promise.all(writing)).filter((one) => one !== undefined);
    return { form, files: await toFiles(kept), ...(exact !== undefined && { exact }) };
  } catch (error) {
    giveUp.abort();
    // The folder is removed next: nothing may still be opening a file in it.
    await Promise.allSettled(writing);
    throw error;
  }
}

function parserFor({ contentType, maxFields, maxFiles }: MultipartOptions) {
  const headers: BusboyHeaders = { "content-type": contentType };
  const isPartAFile = (_name: string | undefined, type: string | undefined, filename: string | undefined) =>
    filename !== undefined || !(type === undefined || type.startsWith("text/") || type === "application/json");
  try {
    // The body as a whole is limited already, so that one long text is as good as many short ones.
    return new Busboy({
      headers,
      isPartAFile,
      limits: { fields: maxFields, files: maxFiles, fieldSize: Infinity, headerPairs: 100, headerSize: 16_384 },
    });
  } catch {
    throw new HttpFault(400, "The multipart body has no boundary");
  }
}

type PartHeader = Record<string, string[] | undefined>;

/**
 * The parser skips a part that does not say what it is, and reads one of a charset that it does not know as UTF-8, without
 * a word. So its inner parser is listened to, which no type declares; a test fails should it move. The listener comes first:
 * what it changes in the header is what the parser reads.
 */
function onPartHeader(parser: object, listen: (header: PartHeader) => void): void {
  const { _parser: outer } = parser as { readonly _parser?: { readonly parser?: EventEmitter } };
  outer?.parser?.prependListener("part", (part: EventEmitter) => part.on("header", listen));
}

function faultOf(header: PartHeader): string | undefined {
  if (!/^form-data\s*(?:;|$)/i.test(header["content-disposition"]?.[0] ?? "")) return "A part of the form has no name";
  // As the original; the parser would say text/plain.
  if (isNamedFile(header)) header["content-type"] ??= ["application/octet-stream"];
  const [type = ""] = header["content-type"] ?? [];
  // Python calls it latin-1, the parser does not.
  if (/latin-1/i.test(type)) header["content-type"]?.splice(0, 1, type.replace(/latin-1/i, "latin1"));
  const charset = /;\s*charset\s*=\s*"?([^\s";]+)/i.exec(type)?.[1];
  return charset === undefined || knownCharset.test(charset) ? undefined : "The charset of a part is not known";
}

function isNamedFile(header: PartHeader): boolean {
  return /;\s*filename\*?\s*=/i.test(header["content-disposition"]?.[0] ?? "");
}

/** Those that the parser knows. */
const knownCharset = /^(?:utf-?8|utf-?16le|ucs-?2|(?:us-)?ascii|latin-?1|iso[-_]?8859-?1|windows-1252)$/i;

/** Gives undefined for an empty file input, which browsers send as a nameless file without content. */
async function keep(
  stream: BusboyFileStream,
  part: Omit<Kept, "path">,
  to: { readonly path: Promise<string>; readonly signal: AbortSignal },
): Promise<Kept | undefined> {
  // Without a listener from the start, a part that is cut off while the folder is being made would end the process.
  stream.on("error", () => {});
  const path = await to.path;
  // A stream that failed before it was read would never end the pipeline: the signal does.
  to.signal.throwIfAborted();
  await pipeline(stream, createWriteStream(path, { flags: "wx", mode: 0o600 }), { signal: to.signal });
  return part.filename === "" && stream.bytesRead === 0 ? undefined : { ...part, path };
}

async function toFiles(kept: readonly Kept[]): Promise<Map<string, ModelFile[]>> {
  const files = new Map<string, ModelFile[]>();
  for (const { name, filename, contentType, path } of kept) {
    add(files, name, await fileFromPath(path, { contentType, originalFilename: soundName(filename) }));
  }
  return files;
}

/** The last part of the name, without control characters: it ends up in headers, logs and paths. "" when nothing is left. */
function soundName(filename: string | undefined): string {
  const last = (filename ?? "").split(/[\\/]/).at(-1) ?? "";
  const name = last.replace(/\p{Cc}/gu, "").trim();
  return name === "." || name === ".." ? "" : name.slice(0, 255);
}

function objectFrom(text: string): JsonObject {
  const value = parseJson(Buffer.from(text));
  if (typeof value !== "object" || value === null || Array.isArray(value)) throw invalidJson();
  return value as JsonObject;
}

function add<T>(map: Map<string, T[]>, name: string, value: T): void {
  const values = map.get(name);
  if (values) values.push(value);
  else map.set(name, [value]);
}
