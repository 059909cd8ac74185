// What makes a directory a backup: `backup.json`, which lists its files. It is written last.
import { createHash } from "node:crypto";
import {
  closeSync,
  createReadStream,
  fsyncSync,
  lstatSync,
  openSync,
  readdirSync,
  readFileSync,
  writeFileSync,
} from "node:fs";
import { join, relative, sep } from "node:path";
import { errorText, isObject } from "@deepaas/core";
import { CliError } from "../cli-error.ts";
import { fileReason } from "../file-reason.ts";

export interface BackupFile {
  /** Relative to the backup, with `/`. */
  readonly path: string;
  readonly size: number;
  /** In hex. That of a blob is also in its path. */
  readonly sha256: string;
}

export interface Manifest {
  /** Changes when an older program could not restore the backup. */
  readonly format: 1;
  /** What was recorded before is in the backup. ISO 8601. */
  readonly createdAt: string;
  readonly files: readonly BackupFile[];
}

const manifestName = "backup.json";
export const storeName = "runs.db";
export const blobsName = "blobs";
export const grantsKeyName = "grants.key";

const format = 1;
const blobPath = new RegExp(`^${blobsName}/([0-9a-f]{2})/(\\1[0-9a-f]{62})/[0-9a-f-]{36}$`);

/** Writes the manifest of all files that are in the folder, so that it survives a power loss. */
export async function writeManifest(folder: string, createdAt: string): Promise<Manifest> {
  const files: BackupFile[] = [];
  for (const entry of readdirSync(folder, { recursive: true, withFileTypes: true })) {
    if (!entry.isFile() || entry.name === ".gitignore") continue;
    const file = join(entry.parentPath, entry.name);
    const path = relative(folder, file).replaceAll(sep, "/");
    const sha256 = blobPath.exec(path)?.[2] ?? (await sha256Of(file));
    files.push({ path, size: lstatSync(file).size, sha256 });
  }
  const manifest: Manifest = { format, createdAt, files };
  writeFileSync(join(folder, manifestName), `${JSON.stringify(manifest)}\n`, { mode: 0o600, flag: "wx", flush: true });
  syncFolder(folder);
  return manifest;
}

/**
 * Reads the manifest of a backup. Throws a CliError `failed_precondition` if the folder is no backup, was made by a newer version,
 * or lacks a file. The content of blobs is not read: `checkStoreFile` does that.
 */
export async function readManifest(folder: string): Promise<Manifest> {
  const manifest = parseManifest(folder, readText(folder));
  for (const file of manifest.files) {
    const problem = await problemOf(folder, file);
    if (problem !== undefined) throw damagedBackup(folder, [`${file.path} ${problem}`]);
  }
  return manifest;
}

/** One sentence for each problem. */
export function damagedBackup(folder: string, problems: readonly string[]): CliError {
  const more = problems.length > 1 ? `, and ${problems.length - 1} more` : "";
  return new CliError("failed_precondition", `the backup ${folder} is damaged: ${problems[0]}${more}`, {
    hint: "restore another backup",
  });
}

/** A renamed file survives a power loss only if its folder is synced. */
export function syncFolder(path: string): void {
  // Windows syncs folders itself and cannot open them.
  if (process.platform === "win32") return;
  const file = openSync(path, "r");
  try {
    fsyncSync(file);
  } finally {
    closeSync(file);
  }
}

function readText(folder: string): string {
  try {
    return readFileSync(join(folder, manifestName), "utf8");
  } catch (error) {
    const { code } = error as NodeJS.ErrnoException;
    const isNone = code === "ENOENT" || code === "ENOTDIR";
    throw new CliError(
      "failed_precondition",
      isNone ? `${folder} is not a backup: it has no ${manifestName}` : `cannot read ${folder}: ${fileReason(error)}`,
      { hint: isNone ? "name a directory that deepaas backup has made" : undefined, cause: error },
    );
  }
}

function parseManifest(folder: string, text: string): Manifest {
  let value: unknown;
  try {
    value = JSON.parse(text);
  } catch (error) {
    throw damagedBackup(folder, [`${manifestName}: ${errorText(error)}`]);
  }
  if (isObject(value) && typeof value.format === "number" && value.format > format) {
    throw new CliError("failed_precondition", `the backup ${folder} was made by a newer version of deepaas`, {
      hint: "restore it with that version",
    });
  }
  if (!isManifest(value)) throw damagedBackup(folder, [`${manifestName} is not complete`]);
  return value;
}

function isManifest(value: unknown): value is Manifest {
  if (!isObject(value) || value.format !== format || typeof value.createdAt !== "string") return false;
  const { files } = value;
  return Array.isArray(files) && files.every(isBackupFile) && files.some(({ path }) => (path as string) === storeName);
}

/** No other path: a restore must not read outside of the backup. */
function isBackupFile(value: unknown): value is BackupFile {
  if (!isObject(value)) return false;
  const { path, size, sha256 } = value;
  if (typeof path !== "string" || typeof sha256 !== "string" || !Number.isSafeInteger(size)) return false;
  return path === storeName || path === grantsKeyName || blobPath.exec(path)?.[2] === sha256;
}

async function problemOf(folder: string, { path, size, sha256 }: BackupFile): Promise<string | undefined> {
  const file = join(folder, path);
  const there = lstatSync(file, { throwIfNoEntry: false });
  if (there?.isFile() !== true) return "is missing";
  if (there.size !== size) return "has another size";
  return blobPath.test(path) || (await sha256Of(file)) === sha256 ? undefined : "has another hash";
}

async function sha256Of(file: string): Promise<string> {
  const hash = createHash("sha256");
  for await (const chunk of createReadStream(file, { highWaterMark: 1 << 20 })) hash.update(chunk as Uint8Array);
  return hash.digest("hex");
}
