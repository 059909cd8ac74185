// The files of a message: small ones are attached to its frame, large ones are written to the shared folder and only
// their path is sent.
import { createReadStream } from "node:fs";
import { open, unlink, writeFile } from "node:fs/promises";
import { join } from "node:path";
import { Readable } from "node:stream";
import { createModelFile, isModelFile, type ModelFile, modelFile, pointerStep } from "@deepaas/core";
import { readBytes } from "@deepaas/core/node";
import { bytesInMemory } from "@deepaas/core/ports";
import { encodeFrame, type Frame } from "./frames.ts";

/** Larger files are sent by path. */
export const maxAttachedBytes = 64 * 1024;

/** An entry of a message's `files`. */
interface FileEntry {
  /** JSON Pointer into the message. */
  readonly at: string;
  readonly contentType: string;
  readonly originalFilename?: string;
  /** How many of the attached bytes are its content. Absent if there is a `path`. */
  readonly bytes?: number;
  readonly path?: string;
  readonly size?: number;
}

export interface FileAt {
  /** JSON Pointer into the message. */
  readonly at: string;
  readonly file: ModelFile;
}

export interface EncodedMessage {
  readonly frame: Buffer;
  /** Files that were written for this message only. */
  readonly paths: readonly string[];
}

export interface DecodedMessage {
  readonly message: unknown;
  /** The files of the message that were sent by path. */
  readonly filesOnDisk: readonly ModelFile[];
}

interface Extracted<T> {
  /** `value` with null in the place of each file; `value` itself if it has none. */
  readonly value: T;
  readonly files: readonly FileAt[];
}

const noFiles: readonly FileAt[] = [];
let filesWritten = 0;

/**
 * Takes the files out of `value`, which lies at the JSON Pointer `at` of a message. Only as deep as a model's arguments
 * can have files: a member, or an item of a member that is a list.
 */
export function extractFiles<T extends object>(value: T, at: string): Extracted<T> {
  let copy: Record<string, unknown> | undefined;
  let files: FileAt[] | undefined;
  const extract = (item: unknown, pointer: string): unknown => {
    if (!isModelFile(item)) return item;
    files ??= [];
    files.push({ at: pointer, file: item });
    return null;
  };
  for (const name of Object.keys(value)) {
    const member = (value as Record<string, unknown>)[name];
    if (typeof member !== "object" || member === null) continue;
    const isList = Array.isArray(member);
    if (!isModelFile(isList ? member[0] : member)) continue;
    const pointer = at + pointerStep(name);
    copy ??= { ...value } as Record<string, unknown>;
    copy[name] = isList ? member.map((item, i) => extract(item, `${pointer}/${i}`)) : extract(member, pointer);
  }
  return { value: (copy ?? value) as T, files: files ?? noFiles };
}

/** Synchronous if there are no files, which is the most frequent and the fastest case. */
export function encodeMessage(
  header: object,
  files: readonly FileAt[],
  folder: string,
): EncodedMessage | Promise<EncodedMessage> {
  return files.length === 0 ? { frame: encodeFrame(header), paths: [] } : encodeWithFiles(header, files, folder);
}

async function encodeWithFiles(header: object, files: readonly FileAt[], folder: string): Promise<EncodedMessage> {
  const attached: Uint8Array[] = [];
  const paths: string[] = [];
  const entries: FileEntry[] = [];
  for (const { at, file } of files) {
    const { contentType, originalFilename, size, path } = file;
    const entry = { at, contentType, ...(originalFilename !== undefined && { originalFilename }) };
    if (path !== undefined) {
      entries.push({ ...entry, path, ...(size !== undefined && { size }) });
    } else if (size !== undefined && size <= maxAttachedBytes) {
      const bytes = bytesInMemory(file) ?? (await file.bytes());
      attached.push(bytes);
      entries.push({ ...entry, bytes: bytes.byteLength });
    } else {
      const written = await writeFileTo(folder, file);
      paths.push(written);
      entries.push({ ...entry, path: written, ...(size !== undefined && { size }) });
    }
  }
  return { frame: encodeFrame({ ...header, files: entries }, attached), paths };
}

/** Returns the message with its files in their places. */
export function decodeMessage({ header, attached }: Frame): DecodedMessage {
  const { files } = header as { readonly files?: readonly FileEntry[] };
  if (files === undefined) return { message: header, filesOnDisk: [] };
  const filesOnDisk: ModelFile[] = [];
  let offset = 0;
  for (const { at, bytes, path, size, ...about } of files) {
    let file: ModelFile;
    if (path === undefined) {
      file = modelFile(attached.subarray(offset, offset + (bytes ?? 0)), about);
      offset += bytes ?? 0;
    } else {
      file = fileAtPath(path, { ...about, ...(size !== undefined && { size }) });
      filesOnDisk.push(file);
    }
    setAt(header, at, file);
  }
  return { message: header, filesOnDisk };
}

function setAt(target: unknown, pointer: string, file: ModelFile): void {
  const steps = pointer
    .split("/")
    .slice(1)
    .map((step) => step.replaceAll("~1", "/").replaceAll("~0", "~"));
  const last = steps.pop() as string;
  let parent = target as Record<string, unknown>;
  for (const step of steps) parent = parent[step] as Record<string, unknown>;
  parent[last] = file;
}

/** Writes `file` to a new file in `folder` and returns its path. */
export async function writeFileTo(folder: string, file: ModelFile): Promise<string> {
  const path = newPathIn(folder);
  try {
    if (file.size === undefined) await writeFile(path, Readable.fromWeb(file.stream() as never), { mode: 0o600 });
    else await writeAll(path, bytesInMemory(file) ?? (await file.bytes()));
  } catch (error) {
    // A partly written file must not go on filling the disk.
    await unlink(path).catch(() => {});
    throw error;
  }
  return path;
}

export function newPathIn(folder: string): string {
  return join(folder, `${process.pid}-${++filesWritten}`);
}

export function fileAtPath(path: string, { size, ...about }: { size?: number; contentType: string }): ModelFile {
  const content = {
    path,
    ...(size !== undefined && { size }),
    stream: () => {
      const stream = createReadStream(path);
      // The stream holds the ModelFile, so that its file is not deleted (shared-folder.ts) while it is being read.
      Object.assign(stream, { file });
      return Readable.toWeb(stream) as ReadableStream<Uint8Array<ArrayBuffer>>;
    },
    bytes: () => readBytes(path),
  };
  const file: ModelFile = createModelFile(content, about);
  return file;
}

/** In as few system calls as possible: Node's `writeFile` splits a large file into hundreds. */
async function writeAll(path: string, bytes: Uint8Array): Promise<void> {
  await using file = await open(path, "wx", 0o600);
  for (let at = 0; at < bytes.byteLength; ) at += (await file.write(bytes, at)).bytesWritten;
}
