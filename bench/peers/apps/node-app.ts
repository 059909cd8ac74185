// What the apps of node:http and the Node frameworks share: the environment that they are started with, and the answer.

import cluster from "node:cluster";
import { randomUUID } from "node:crypto";
import { createWriteStream } from "node:fs";
import { rm } from "node:fs/promises";
import { createRequire } from "node:module";
import { tmpdir } from "node:os";
import { join } from "node:path";
import type { Readable } from "node:stream";
import { pipeline } from "node:stream/promises";
import { burn } from "./burn.ts";

export const port = Number(process.env.PEER_PORT);
export const host = "127.0.0.1";

export interface Args {
  readonly text?: string;
  readonly n?: number;
  readonly flag?: boolean;
  readonly ms?: number;
}

export function predict({ text = "", n = 3, flag = false, ms = 0 }: Args) {
  burn(ms);
  return { text, n, flag, size: 0 };
}

/** Runs the app in this process, or in so many processes of `node:cluster` as are wanted. */
export function serve(start: () => unknown): void {
  const processes = Number(process.env.PEER_WORKERS ?? 0);
  if (processes > 0 && cluster.isPrimary) for (let i = 0; i < processes; i++) cluster.fork();
  else start();
}

/** Writes an upload to a temporary file, removes it, and returns the answer. */
export async function store(upload: Readable) {
  const path = join(tmpdir(), `deepaas-bench-${randomUUID()}`);
  const file = createWriteStream(path);
  try {
    await pipeline(upload, file);
    return { text: "", n: 3, flag: false, size: file.bytesWritten };
  } finally {
    await rm(path, { force: true });
  }
}

export async function bodyOf(request: Readable): Promise<Args> {
  const chunks: Buffer[] = [];
  for await (const chunk of request) chunks.push(chunk as Buffer);
  return JSON.parse(Buffer.concat(chunks).toString()) as Args;
}

/** Loads a package that is installed for the benchmark only. */
export function load<T>(name: string): T {
  return createRequire(join(process.env.PEER_FOLDER as string, "package.json"))(name) as T;
}
