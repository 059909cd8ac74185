// Changes of the key file. One process at a time changes it, and a reader sees the file before or after a change.
import { randomUUID } from "node:crypto";
import {
  chownSync,
  closeSync,
  fsyncSync,
  openSync,
  realpathSync,
  renameSync,
  rmSync,
  statSync,
  writeFileSync,
} from "node:fs";
import { DeepaasError, errorText, invalidArgs, sleep, withoutUndefined } from "@deepaas/core";
import { type FileLock, lockFile } from "@deepaas/core/node";
import { readKeyFile } from "./key-file.ts";
import { checkRights, type KeyRecord, newKey, type StoredKey, sha256Of } from "./key-record.ts";

export interface AddKeyOptions {
  /** Not yet in the file, not even as that of a revoked key: runs and grants remember the name. */
  readonly name: string;
  readonly scopes: readonly string[];
  readonly models?: readonly string[];
  readonly expiresAt?: string;
}

export interface AddedKey {
  /** The key itself. It is stored nowhere, so this is the only time that it can be shown. */
  readonly key: string;
  readonly record: KeyRecord;
}

const lockWaitMs = 10_000;
const lockPollMs = 20;

/** Makes a key, and adds it to the file. Creates the file, with mode 0600, if it is missing. */
export async function addKey(file: string, options: AddKeyOptions): Promise<AddedKey> {
  const { name, scopes, models, expiresAt, ...others } = options;
  const [unknown] = Object.keys(others);
  if (unknown !== undefined) throw new TypeError(`addKey: there is no option ${JSON.stringify(unknown)}.`);
  checkRights("", options);
  if (expiresAt !== undefined && Date.parse(expiresAt) <= Date.now()) {
    throw invalidArgs("/expiresAt", "minimum", "The key would have expired already.");
  }
  const key = newKey();
  const record = withoutUndefined({
    name,
    scopes,
    models,
    createdAt: new Date().toISOString(),
    expiresAt,
  }) as KeyRecord;
  await changeKeys(file, (keys) => {
    if (keys.some((one) => one.name === name)) {
      throw new DeepaasError("already_exists", `The key file has a key with the name ${name}.`);
    }
    return [...keys, { ...record, sha256: sha256Of(key) }];
  });
  return { key, record };
}

/** Revokes a key. It stays in the file, so that its name is not used again. Rejects `not_found`. */
export async function revokeKey(file: string, name: string): Promise<KeyRecord> {
  let revoked: KeyRecord | undefined;
  await changeKeys(file, (keys) =>
    keys.map((key) => {
      if (key.name !== name) return key;
      const changed = { ...key, revokedAt: key.revokedAt ?? new Date().toISOString() };
      revoked = recordOf(changed);
      return changed;
    }),
  );
  if (revoked === undefined) throw new DeepaasError("not_found", `The key file has no key with the name ${name}.`);
  return revoked;
}

/** Returns what the file has of each key, without the hashes. */
export function listKeys(file: string): readonly KeyRecord[] {
  return readKeyFile(file).map(recordOf);
}

function recordOf({ sha256: _, ...record }: StoredKey): KeyRecord {
  return record;
}

async function changeKeys(file: string, change: (keys: readonly StoredKey[]) => readonly StoredKey[]): Promise<void> {
  const target = targetOf(file);
  const lock = await waitForLock(`${target}.lock`);
  try {
    const keys = exists(target) ? readKeyFile(target) : [];
    replaceFile(target, `${JSON.stringify({ keys: change(keys) }, null, 2)}\n`);
  } catch (error) {
    if (DeepaasError.is(error)) throw error;
    throw new DeepaasError("failed_precondition", `The key file ${file} cannot be written: ${errorText(error)}`);
  } finally {
    lock.release();
  }
}

/** A symbolic link stays one. */
function targetOf(file: string): string {
  return exists(file) ? realpathSync(file) : file;
}

function exists(file: string): boolean {
  return statSync(file, { throwIfNoEntry: false }) !== undefined;
}

async function waitForLock(path: string): Promise<FileLock> {
  const end = Date.now() + lockWaitMs;
  for (;;) {
    const lock = lockNow(path);
    if (lock !== undefined) return lock;
    if (Date.now() >= end) {
      throw new DeepaasError("failed_precondition", `Another process is changing the key file; it holds ${path}.`);
    }
    await sleep(lockPollMs);
  }
}

function lockNow(path: string): FileLock | undefined {
  try {
    return lockFile(path);
  } catch (error) {
    throw new DeepaasError("failed_precondition", `The file ${path} cannot be locked: ${errorText(error)}`);
  }
}

/** A reader sees the old text or the new one, also after a loss of power. */
function replaceFile(path: string, text: string): void {
  const staged = `${path}.${randomUUID()}.tmp`;
  const before = statSync(path, { throwIfNoEntry: false });
  const file = openSync(staged, "wx", 0o600);
  try {
    try {
      writeFileSync(file, text);
      fsyncSync(file);
    } finally {
      closeSync(file);
    }
    // The superuser may change the file of a server that runs as another user.
    if (before !== undefined && process.getuid?.() === 0) chownSync(staged, before.uid, before.gid);
    renameSync(staged, path);
  } catch (error) {
    rmSync(staged, { force: true });
    throw error;
  }
}
