// A file that a model receives or returns: an uploaded image, a picture drawn by predict, an artifact of a run.
// Works in browsers. `@deepaas/core/node` makes one from a path.

const brand = Symbol.for("deepaas.file");
const inMemory = Symbol.for("deepaas.file.bytes");

export interface ModelFile {
  /** Media type, for example `image/png`. `application/octet-stream` if unknown. */
  readonly contentType: string;
  /** File name from the sender, without folders. Absent if there is none. */
  readonly originalFilename?: string;
  /** In bytes. Absent for a stream of unknown length. */
  readonly size?: number;
  /** Path of the file, if it is on disk. The server owns it: read it, never move or delete it. */
  readonly path?: string;
  bytes(): Promise<Uint8Array<ArrayBuffer>>;
  text(): Promise<string>;
  /** Returns a new stream for each call. A file made from a `ReadableStream` can be read only once. */
  stream(): ReadableStream<Uint8Array<ArrayBuffer>>;
}

/** What authors and callers may pass as a file. */
export type FileSource = Blob | Uint8Array | ArrayBuffer | ModelFile;

export interface ModelFileOptions {
  /** Default: the blob's own type, else `application/octet-stream`. */
  readonly contentType?: string;
  readonly originalFilename?: string;
}

/** The content of a file, for `createModelFile`. */
export interface FileContent {
  readonly size?: number;
  readonly path?: string;
  stream(): ReadableStream<Uint8Array<ArrayBuffer>>;
  /** Default: reads the stream to its end. */
  bytes?(): Promise<Uint8Array<ArrayBuffer>>;
  /** The bytes, if they are in memory. They are never modified. */
  readonly inMemory?: Uint8Array<ArrayBuffer>;
}

const defaultContentType = "application/octet-stream";

/** Makes a `ModelFile` from bytes (copied), a `Blob` or a stream. A `ModelFile` is returned itself, or a copy with the given options. */
export function modelFile(source: FileSource | ReadableStream<Uint8Array>, options: ModelFileOptions = {}): ModelFile {
  if (isModelFile(source)) {
    if (options.contentType === undefined && options.originalFilename === undefined) return source;
    const bytes = bytesInMemory(source);
    return createModelFile(bytes ? memoryContent(bytes) : source, {
      contentType: options.contentType ?? source.contentType,
      originalFilename: options.originalFilename ?? source.originalFilename,
    });
  }
  if (source instanceof ReadableStream) return createModelFile(onceContent(source), options);
  if (source instanceof Blob) {
    return createModelFile(blobContent(source), {
      contentType: options.contentType ?? source.type,
      originalFilename: options.originalFilename ?? (source as { readonly name?: string }).name,
    });
  }
  if (!(source instanceof ArrayBuffer) && !ArrayBuffer.isView(source)) {
    throw new TypeError(`A file must be bytes, a Blob, a stream or a ModelFile, not ${typeof source}.`);
  }
  return fileFromBytes(copyOf(source), options);
}

export function createModelFile(
  content: FileContent,
  options: { readonly [Name in keyof ModelFileOptions]: ModelFileOptions[Name] | undefined } = {},
): ModelFile {
  const bytes = () => content.bytes?.() ?? collect(content.stream());
  const file = {
    contentType: options.contentType || defaultContentType,
    ...(content.size !== undefined && { size: content.size }),
    ...(content.path !== undefined && { path: content.path }),
    ...nameOf(options.originalFilename),
    bytes,
    text: async () => new TextDecoder().decode(content.inMemory ?? (await bytes())),
    stream: () => content.stream(),
  };
  Object.defineProperty(file, brand, { value: true });
  if (content.inMemory) Object.defineProperty(file, inMemory, { value: content.inMemory });
  return file;
}

/**
 * Returns the bytes of a file that is in memory, without copying, or undefined for any other file. The bytes must not be
 * modified.
 */
export function bytesInMemory(file: ModelFile): Uint8Array<ArrayBuffer> | undefined {
  return (file as { readonly [inMemory]?: Uint8Array<ArrayBuffer> })[inMemory];
}

/**
 * Wraps bytes as a file without copying, unlike `modelFile`. The bytes must not be modified afterwards.
 */
export function fileFromBytes(bytes: Uint8Array<ArrayBuffer>, options: ModelFileOptions = {}): ModelFile {
  // Not a Buffer, whose `slice` is no copy.
  return createModelFile(memoryContent(new Uint8Array(bytes.buffer, bytes.byteOffset, bytes.byteLength)), options);
}

/** True for a `ModelFile`, also from another copy of this package. */
export function isModelFile(value: unknown): value is ModelFile {
  return typeof value === "object" && value !== null && (value as Record<symbol, unknown>)[brand] === true;
}

/** True for the sources that `modelFile` accepts: `FileSource` and streams. */
export function isFileSource(value: unknown): value is FileSource | ReadableStream<Uint8Array> {
  // Hot path: most values are none, and have no class to look for.
  if (typeof value !== "object" || value === null) return false;
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

/** Each reader gets a copy, so that no reader can change the bytes of another. */
function memoryContent(bytes: Uint8Array<ArrayBuffer>): FileContent {
  return {
    size: bytes.byteLength,
    inMemory: bytes,
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

/** Copies the bytes, because the caller may modify them later. */
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
      if (taken) throw new TypeError("The stream of this file was already read.");
      taken = true;
      return stream as ReadableStream<Uint8Array<ArrayBuffer>>;
    },
  };
}

async function collect(stream: ReadableStream<Uint8Array<ArrayBuffer>>): Promise<Uint8Array<ArrayBuffer>> {
  return new Uint8Array(await new Response(stream).arrayBuffer());
}
