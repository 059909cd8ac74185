// multipart/form-data (RFC 7578). The parser finds the parts; their headers and texts are read here, because it knows few
// charsets, drops the parameters of a content type and silently skips what it does not understand. A part that is truncated
// fails on its own stream. This module listens to all of these events and turns the first into one rejection.
import type { EventEmitter } from "node:events";
import { createWriteStream } from "node:fs";
import { Transform, type TransformCallback } from "node:stream";
import { pipeline } from "node:stream/promises";
import type { JsonObject, ModelFile } from "@deepaas/core";
import { fileFromPath, type PrivateFolder } from "@deepaas/core/node";
import { jsonPartName } from "@deepaas/protocol";
import { Busboy, type BusboyFileStream } from "@fastify/busboy";
import { HttpError, invalidJson, textTooLarge } from "../http-error.ts";
import { decodeText, jsonFrom } from "./json.ts";
import { type PartHeader, type RawHeader, readPartHeader } from "./part-header.ts";

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

type FilePart = PartHeader & { readonly file: NonNullable<PartHeader["file"]> };

/** Rejects with 400 for a malformed body and 413 beyond a limit. The caller removes the folder in any case. */
export async function readMultipart(bytes: AsyncIterable<Buffer>, options: MultipartOptions): Promise<Multipart> {
  const boundary = boundaryOf(options.contentType);
  if (boundary === undefined) return emptyForm(bytes);
  const parser = parserFor(boundary);
  const parts = new Parts(options);
  let fail: (error: unknown) => void = () => {};
  const finished = new Promise<void>((resolve, reject) => {
    fail = reject;
    parser.once("finish", resolve);
  });
  // Awaited only after all bytes were written; until then a rejection must not count as unhandled.
  finished.catch(() => {});
  parser.on("error", () => fail(malformed()));
  let current: PartHeader | undefined;
  onPartHeader(parser, (header) => {
    try {
      current = parts.next(header);
    } catch (error) {
      current = undefined;
      fail(error);
    }
  });
  parser.on("file", (_name: string, stream: BusboyFileStream) => {
    // A listener from the start: a part that is truncated before it is read would otherwise end the process.
    stream.on("error", () => {});
    if (current === undefined) stream.resume();
    else parts.take(current, stream).catch(fail);
  });
  try {
    for await (const chunk of withSoundDelimiters(bytes, boundary)) {
      const taken = new Promise<void>((resolve) => parser.write(chunk, () => resolve()));
      await Promise.race([taken, finished]);
    }
    parser.end();
    await finished;
    return await parts.all();
  } catch (error) {
    await parts.abandon();
    throw error;
  }
}

function boundaryOf(contentType: string): string | undefined {
  const [, quoted, plain] = /;\s*boundary\s*=\s*(?:"([^"]*)"|([^;\s]+))/i.exec(contentType) ?? [];
  return quoted || plain;
}

/** As in the Python server: a client that has nothing to send may say no boundary. */
async function emptyForm(bytes: AsyncIterable<Buffer>): Promise<Multipart> {
  for await (const { length } of bytes) if (length > 0) throw new HttpError(400, "The multipart body has no boundary");
  return { form: new Map(), files: new Map() };
}

function malformed(): HttpError {
  return new HttpError(400, "The multipart body is malformed or truncated");
}

/** Every part is a file to the parser; `Parts` counts them and reads the texts. */
function parserFor(boundary: string): InstanceType<typeof Busboy> {
  return new Busboy({
    headers: { "content-type": `multipart/form-data; boundary="${boundary}"` },
    isPartAFile: () => true,
    limits: { headerPairs: 100, headerSize: 16_384 },
  });
}

/**
 * Listens to the parser inside of the parser, which its types do not declare; a test fails if that changes. The listener is
 * prepended and leaves a header that the parser cannot refuse: `Parts` has read the real one.
 */
function onPartHeader(parser: object, listen: (header: RawHeader) => void): void {
  const { _parser: outer } = parser as { readonly _parser?: { readonly parser?: EventEmitter } };
  outer?.parser?.prependListener("part", (part: EventEmitter) =>
    part.on("header", (header: RawHeader) => {
      listen({ ...header });
      for (const name of Object.keys(header)) delete header[name];
      header["content-disposition"] = ['form-data; name="part"'];
    }),
  );
}

/**
 * Refuses a line that begins with the boundary and goes on (RFC 2046, section 5.1.1: it must not appear in a part). The parser
 * would end the part there and lose the rest.
 */
async function* withSoundDelimiters(chunks: AsyncIterable<Buffer>, boundary: string): AsyncGenerator<Buffer> {
  const delimiter = Buffer.from(`\r\n--${boundary}`, "latin1");
  const overlap = delimiter.length + 2;
  let isClosed = false;
  const look = (bytes: Buffer) => {
    let at = isClosed ? -1 : bytes.indexOf(delimiter);
    for (; at !== -1 && at + overlap <= bytes.length; at = bytes.indexOf(delimiter, at + delimiter.length)) {
      const end = bytes.toString("latin1", at + delimiter.length, at + overlap);
      isClosed = end === "--";
      if (isClosed) return;
      if (end !== "\r\n" && !/^[ \t]/.test(end)) throw malformed();
    }
  };
  // The first delimiter has no line end before it.
  let kept: Buffer = Buffer.from("\r\n");
  for await (const chunk of chunks) {
    // A delimiter may begin in one chunk and end in the next one. The chunk itself is not copied.
    const edge = Buffer.concat([kept, chunk.subarray(0, overlap)]);
    look(edge);
    look(chunk);
    kept = chunk.length >= overlap ? chunk.subarray(-overlap) : edge.subarray(-overlap);
    yield chunk;
  }
}

/** The parts of one form. */
class Parts {
  readonly #options: MultipartOptions;
  readonly #form = new Map<string, string[]>();
  readonly #files: Promise<{ readonly part: FilePart; readonly path: string } | undefined>[] = [];
  readonly #texts: Promise<void>[] = [];
  readonly #giveUp = new AbortController();
  #exact: JsonObject | undefined;
  #fileCount = 0;
  #fieldCount = 0;
  #textLeft: number;

  constructor(options: MultipartOptions) {
    this.#options = options;
    this.#textLeft = options.maxJsonBytes || Infinity;
  }

  /** Throws 400 for a malformed header and 413 for too many parts. */
  next(header: RawHeader): PartHeader {
    const part = readPartHeader(header);
    const { maxFields, maxFiles } = this.#options;
    if (part.file) this.#fileCount++;
    else this.#fieldCount++;
    if (this.#fileCount > maxFiles) throw new HttpError(413, `The form has more than ${maxFiles} files`);
    if (this.#fieldCount > maxFields) throw new HttpError(413, `The form has more than ${maxFields} fields`);
    return part;
  }

  /** Resolves when the part is read. */
  take(part: PartHeader, stream: BusboyFileStream): Promise<unknown> {
    if (part.file) {
      const file = this.#store(part as FilePart, stream);
      this.#files.push(file);
      return file;
    }
    const text = this.#read(part, stream);
    this.#texts.push(text);
    return text;
  }

  async all(): Promise<Multipart> {
    await Promise.all(this.#texts);
    const files = new Map<string, ModelFile[]>();
    for (const stored of await Promise.all(this.#files)) {
      if (stored) add(files, stored.part.name, await fileFromPath(stored.path, stored.part.file));
    }
    return { form: this.#form, files, ...(this.#exact !== undefined && { exact: this.#exact }) };
  }

  /** Resolves when no file is still opened in the folder, which is removed next. */
  async abandon(): Promise<void> {
    this.#giveUp.abort();
    await Promise.allSettled(this.#files);
  }

  async #read(part: PartHeader, stream: BusboyFileStream): Promise<void> {
    const chunks: Buffer[] = [];
    await new Promise<void>((resolve, reject) => {
      stream.on("data", (chunk: Buffer) => {
        this.#textLeft -= chunk.length;
        if (this.#textLeft < 0) reject(textTooLarge(this.#options.maxJsonBytes));
        else chunks.push(chunk);
      });
      stream.once("error", () => reject(malformed()));
      stream.once("end", resolve);
    });
    const received = Buffer.concat(chunks);
    const bytes = part.isBase64 ? Buffer.from(received.toString("latin1"), "base64") : received;
    if (part.name === jsonPartName) this.#exact = objectFrom(bytes, part.charset);
    else add(this.#form, part.name, decodeText(bytes, part.charset, "a part"));
  }

  /** Returns undefined for an empty file input, which browsers send as an empty file without a name. */
  async #store(part: FilePart, stream: BusboyFileStream): Promise<{ part: FilePart; path: string } | undefined> {
    const { signal } = this.#giveUp;
    let path: string;
    try {
      path = await this.#options.folder.newPath();
      // A stream that failed before it was read never ends the pipeline; the signal does.
      signal.throwIfAborted();
      const decoders = part.isBase64 ? [new FromBase64()] : [];
      await pipeline([stream, ...decoders, createWriteStream(path, { flags: "wx", mode: 0o600 })], { signal });
    } catch (error) {
      throw storeError(error);
    }
    return part.file.originalFilename === "" && stream.bytesRead === 0 ? undefined : { part, path };
  }
}

function storeError(error: unknown): unknown {
  const { code, syscall } = error as NodeJS.ErrnoException;
  if (code === "ENOSPC" || code === "EDQUOT") {
    return new HttpError(507, "The server has no space left for uploaded files", { cause: error });
  }
  return syscall === undefined ? malformed() : error;
}

class FromBase64 extends Transform {
  #rest = "";

  override _transform(chunk: Buffer, _encoding: BufferEncoding, done: TransformCallback): void {
    const text = this.#rest + chunk.toString("latin1").replace(/[^A-Za-z0-9+/=]/g, "");
    const whole = text.length - (text.length % 4);
    this.#rest = text.slice(whole);
    done(null, Buffer.from(text.slice(0, whole), "base64"));
  }

  override _flush(done: TransformCallback): void {
    done(null, Buffer.from(this.#rest, "base64"));
  }
}

function objectFrom(bytes: Buffer, charset: string | undefined): JsonObject {
  const value = jsonFrom(bytes, charset);
  if (typeof value !== "object" || value === null || Array.isArray(value)) throw invalidJson();
  return value as JsonObject;
}

function add<T>(map: Map<string, T[]>, name: string, value: T): void {
  const values = map.get(name);
  if (values) values.push(value);
  else map.set(name, [value]);
}
