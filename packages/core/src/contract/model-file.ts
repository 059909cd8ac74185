// A file on its way in or out of a model: an uploaded image, a picture that predict drew, an artifact of a run.
// Works in browsers; files on disk come from `@deepaas/core/node`.

const brand = Symbol.for("deepaas.file");
const held = Symbol.for("deepaas.file.bytes");

export interface ModelFile {
  /** Media type, for example `image/png`; `application/octet-stream` when nothing better is known. */
  readonly contentType: string;
  /** Name as the sender gave it, without folders; absent when there is none. */
  readonly originalFilename?: string;
  /** In bytes; absent for a stream of unknown length. */
  readonly size?: number;
  /** Where the file lies on disk, when it does. Belongs to the server: read it, never move or delete it. */
  readonly path?: string;
  bytes(): Promise<Uint8Array<ArrayBuffer>>;
  text(): Promise<string>;
  /** A fresh stream for each call; one made from a `ReadableStream` gives that stream, once. */
  stream(): ReadableStream<Uint8Array<ArrayBuffer>>;
}

/** What an author or a caller may hand over as a file. */
export type FileSource = Blob | Uint8Array | ArrayBuffer | ModelFile;

export interface ModelFileOptions {
  /** Default: the blob's own type, else `application/octet-stream`. */
  readonly contentType?: string;
  readonly originalFilename?: string;
}

/** What a file's content comes from; the least that `createModelFile` needs. */
export interface FileContent {
  readonly size?: number;
  readonly path?: string;
  stream(): ReadableStream<Uint8Array<ArrayBuffer>>;
  /** Default: the stream, collected. */
  bytes?(): Promise<Uint8Array<ArrayBuffer>>;
  /** What it is, when it lies in memory; nobody writes into it. */
  readonly held?: Uint8Array<ArrayBuffer>;
}

const defaultContentType = "application/octet-stream";

/** A `ModelFile` from bytes, a `Blob` or a stream; a `ModelFile` is given back, renamed or retyped when asked. */
export function modelFile(source: FileSource | ReadableStream<Uint8Array>, options: ModelFileOptions = {}): ModelFile {
  if (isModelFile(source)) {
    if (options.contentType === undefined && options.originalFilename === undefined) return source;
    const bytes = heldBytes(source);
    return createModelFile(bytes ? heldContent(bytes) : source, {
      contentType: options.contentType ?? source.contentType,
      ...nameOf(options.originalFilename ?? source.originalFilename),
    });
  }
  if (source instanceof ReadableStream) return createModelFile(onceContent(source), options);
  if (source instanceof Blob) {
    const name = options.originalFilename ?? (source as { readonly name?: string }).name;
    return createModelFile(blobContent(source), { contentType: options.contentType ?? source.type, ...nameOf(name) });
  }
  if (!(source instanceof ArrayBuffer) && !ArrayBuffer.isView(source)) {
    throw new TypeError(`A file is made from bytes, a Blob, a stream or a ModelFile, not from ${typeof source}.`);
  }
  return fileHolding(copyOf(source), options);
}

export function createModelFile(content: FileContent, options: ModelFileOptions = {}): ModelFile {
  const bytes = () => content.bytes?.() ?? collect(content.stream());
  const file = {
    contentType: options.contentType || defaultContentType,
    ...(content.size !== undefined && { size: content.size }),
    ...(content.path !== undefined && { path: content.path }),
    ...nameOf(options.originalFilename),
    bytes,
    text: async () => new TextDecoder().decode(await bytes()),
    stream: () => content.stream(),
  };
  Object.defineProperty(file, brand, { value: true });
  if (content.held) Object.defineProperty(file, held, { value: content.held });
  return file;
}

/**
 * The content of a file that lies in memory, and no copy of it: for whoever writes it somewhere. It is not to be written
 * into, nor given to anybody who could. Undefined for other files.
 */
export function heldBytes(file: ModelFile): Uint8Array<ArrayBuffer> | undefined {
  return (file as { readonly [held]?: Uint8Array<ArrayBuffer> })[held];
}

/**
 * A file of these very bytes, where `modelFile` takes a copy: for whoever knows that nobody writes into them before they
 * have been read for the last time.
 */
export function fileHolding(bytes: Uint8Array<ArrayBuffer>, options: ModelFileOptions = {}): ModelFile {
  // Not a Buffer, whose `slice` is no copy.
  return createModelFile(heldContent(new Uint8Array(bytes.buffer, bytes.byteOffset, bytes.byteLength)), options);
}

/** True for a `ModelFile`, also when it comes from another copy of the package. */
export function isModelFile(value: unknown): value is ModelFile {
  return typeof value === "object" && value !== null && (value as Record<symbol, unknown>)[brand] === true;
}

/** True for what `modelFile` takes, streams included. */
export function isFileSource(value: unknown): value is FileSource | ReadableStream<Uint8Array> {
  return (
    isModelFile(value) ||
    value instanceof Uint8Array ||
    value instanceof ArrayBuffer ||
    value instanceof Blob ||
    value instanceof ReadableStream
  );
}

function nameOf(originalFilename: string | undefined): { originalFilename?: string } {
  const name = originalFilename?.split(/[\\/]/).at(-1);
  return name ? { originalFilename: name } : {};
}

const pieceBytes = 64 * 1024;

/** Every reader gets a copy: what one does to its bytes is nothing to another. */
function heldContent(bytes: Uint8Array<ArrayBuffer>): FileContent {
  return {
    size: bytes.byteLength,
    held: bytes,
    bytes: async () => bytes.slice(),
    stream() {
      let at = 0;
      return new ReadableStream({
        pull(controller) {
          const piece = bytes.slice(at, at + pieceBytes);
          at += piece.byteLength;
          if (piece.byteLength > 0) controller.enqueue(piece);
          if (at === bytes.byteLength) controller.close();
        },
      });
    },
  };
}

/** Of the bytes that are there now: the caller may go on to write into its own. */
function copyOf(source: ArrayBuffer | ArrayBufferView): Uint8Array<ArrayBuffer> {
  return new Uint8Array(
    source instanceof ArrayBuffer
      ? source.slice(0)
      : new Uint8Array(source.buffer, source.byteOffset, source.byteLength),
  );
}

function blobContent(blob: Blob): FileContent {
  return {
    size: blob.size,
    stream: () => blob.stream(),
    bytes: async () => new Uint8Array(await blob.arrayBuffer()),
  };
}

function onceContent(stream: ReadableStream<Uint8Array>): FileContent {
  let taken = false;
  return {
    stream() {
      if (taken) throw new TypeError("The stream behind this file was read already.");
      taken = true;
      return stream as ReadableStream<Uint8Array<ArrayBuffer>>;
    },
  };
}

async function collect(stream: ReadableStream<Uint8Array<ArrayBuffer>>): Promise<Uint8Array<ArrayBuffer>> {
  return new Uint8Array(await new Response(stream).arrayBuffer());
}
