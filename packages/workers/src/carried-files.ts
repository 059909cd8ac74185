// Files on their way between the server and a worker: small ones go with the message, large ones lie in a folder that
// both of them know and only their path goes.
import { createReadStream } from "node:fs";
import { open, unlink, writeFile } from "node:fs/promises";
import { join } from "node:path";
import { Readable } from "node:stream";
import { createModelFile, isModelFile, type ModelFile, modelFile } from "@deepaas/core";
import { bytesInMemory } from "@deepaas/core/ports";
import { encodeFrame, type Frame } from "./frames.ts";

/** Larger files go by path. */
export const maxAttachedBytes = 64 * 1024;

interface CarriedFile {
  /** Where in the message: a JSON Pointer. */
  readonly at: string;
  readonly contentType: string;
  readonly originalFilename?: string;
  /** How many of the attached bytes are its content, or: */
  readonly bytes?: number;
  readonly path?: string;
  readonly size?: number;
}

export interface Packed {
  readonly frame: Buffer;
  /** What was written for this message alone. */
  readonly paths: readonly string[];
}

export interface Found {
  readonly at: string;
  readonly file: ModelFile;
}

let written = 0;

/**
 * `args` with null where there was a file, as deep as a model's arguments can have files: a member, or an item of a member
 * that is a list. On the path of every call: it does nothing for what is no file.
 */
export function withoutFiles<T extends object>(args: T, at: string, found: Found[]): T {
  let copy: Record<string, unknown> | undefined;
  for (const name of Object.keys(args)) {
    const value = (args as Record<string, unknown>)[name];
    if (typeof value !== "object" || value === null) continue;
    const isList = Array.isArray(value);
    if (!isModelFile(isList ? value[0] : value)) continue;
    const place = `${at}/${name.replaceAll("~", "~0").replaceAll("/", "~1")}`;
    copy ??= { ...args } as Record<string, unknown>;
    copy[name] = isList ? value.map((item, i) => taken(item, `${place}/${i}`, found)) : taken(value, place, found);
  }
  return (copy ?? args) as T;
}

function taken(value: unknown, at: string, found: Found[]): unknown {
  if (!isModelFile(value)) return value;
  found.push({ at, file: value });
  return null;
}

/** The frame at once where there is no file in it: most calls have none, and are to stay quick. */
export function pack(header: object, found: readonly Found[], folder: string): Packed | Promise<Packed> {
  return found.length === 0 ? { frame: encodeFrame(header), paths: [] } : packFiles(header, found, folder);
}

async function packFiles(header: object, found: readonly Found[], folder: string): Promise<Packed> {
  const attached: Uint8Array[] = [];
  const paths: string[] = [];
  const files: CarriedFile[] = [];
  for (const { at, file } of found) {
    const { contentType, originalFilename, size, path } = file;
    const about = { at, contentType, ...(originalFilename !== undefined && { originalFilename }) };
    if (path !== undefined) {
      files.push({ ...about, path, ...(size !== undefined && { size }) });
    } else if (size !== undefined && size <= maxAttachedBytes) {
      const bytes = bytesInMemory(file) ?? (await file.bytes());
      attached.push(bytes);
      files.push({ ...about, bytes: bytes.byteLength });
    } else {
      const writtenPath = await writeFileIn(folder, file);
      paths.push(writtenPath);
      files.push({ ...about, path: writtenPath, ...(size !== undefined && { size }) });
    }
  }
  return { frame: encodeFrame({ ...header, files }, attached), paths };
}

/** Gives the path of a new file with this content. */
export async function writeFileIn(folder: string, file: ModelFile): Promise<string> {
  const path = newPathIn(folder);
  try {
    if (file.size === undefined) await writeFile(path, Readable.fromWeb(file.stream() as never), { mode: 0o600 });
    else await writeWhole(path, bytesInMemory(file) ?? (await file.bytes()));
  } catch (error) {
    // A full disk is not to stay full of this.
    await unlink(path).catch(() => {});
    throw error;
  }
  return path;
}

export function newPathIn(folder: string): string {
  return join(folder, `${process.pid}-${++written}`);
}

export interface Unpacked {
  readonly message: unknown;
  /** The files of the message that lie on disk. */
  readonly onDisk: readonly ModelFile[];
}

/** The message with its files in their places. */
export function unpack({ header, attached }: Frame): Unpacked {
  const { files } = header as { readonly files?: readonly CarriedFile[] };
  if (files === undefined) return { message: header, onDisk: [] };
  const onDisk: ModelFile[] = [];
  let at = 0;
  for (const { at: pointer, bytes, path, size, ...about } of files) {
    let file: ModelFile;
    if (path === undefined) {
      file = modelFile(attached.subarray(at, at + (bytes ?? 0)), about);
      at += bytes ?? 0;
    } else {
      file = fileAt(path, { ...about, ...(size !== undefined && { size }) });
      onDisk.push(file);
    }
    put(header, pointer, file);
  }
  return { message: header, onDisk };
}

export function fileAt(path: string, { size, ...about }: { size?: number; contentType: string }): ModelFile {
  const content = {
    path,
    ...(size !== undefined && { size }),
    stream: () => {
      const stream = createReadStream(path);
      // Whoever reads it keeps the file itself from being collected, and with it what lies on disk.
      Object.assign(stream, { file });
      return Readable.toWeb(stream) as ReadableStream<Uint8Array<ArrayBuffer>>;
    },
    bytes: () => readWhole(path),
  };
  const file: ModelFile = createModelFile(content, about);
  return file;
}

function put(target: unknown, pointer: string, file: ModelFile): void {
  const steps = pointer
    .split("/")
    .slice(1)
    .map((step) => step.replaceAll("~1", "/").replaceAll("~0", "~"));
  const last = steps.pop() as string;
  let place = target as Record<string, unknown>;
  for (const step of steps) place = place[step] as Record<string, unknown>;
  place[last] = file;
}

// In as few pieces as the system takes: `writeFile` and `readFile` cut a large one into hundreds.

async function writeWhole(path: string, bytes: Uint8Array): Promise<void> {
  await using file = await open(path, "wx", 0o600);
  for (let at = 0; at < bytes.byteLength; ) at += (await file.write(bytes, at)).bytesWritten;
}

async function readWhole(path: string): Promise<Uint8Array<ArrayBuffer>> {
  await using file = await open(path);
  const { size } = await file.stat();
  const bytes = new Uint8Array(size);
  for (let at = 0; at < size; ) {
    const { bytesRead } = await file.read(bytes, at, size - at);
    if (bytesRead === 0) return bytes.slice(0, at);
    at += bytesRead;
  }
  return bytes;
}
