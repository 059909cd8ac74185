// The file of API keys: JSON, which only its owner writes. It has hashes and no keys, so the group of the server may read it.
import { closeSync, fstatSync, openSync, readFileSync } from "node:fs";
import { DeepaasError, errorText, type Issue, invalidArgs, isObject, parseJson } from "@deepaas/core";
import { checkStoredKey, type StoredKey } from "./key-record.ts";

const maxBytes = 16 * 1024 * 1024;

/**
 * Returns the keys of the file. Rejects `invalid_args` with the place of the fault if it is malformed, and
 * `failed_precondition` if it cannot be read, if others than its owner may write it, or if everybody may read it.
 */
export function readKeyFile(path: string): readonly StoredKey[] {
  const text = readPrivateFile(path);
  try {
    return parseKeys(text);
  } catch (error) {
    if (!DeepaasError.is(error)) throw error;
    const [issue] = error.issues ?? [];
    const place = issue === undefined || issue.pointer === "" ? "" : ` ${issue.pointer}:`;
    const message = `The key file ${path} is malformed.${place} ${error.message}`;
    throw new DeepaasError("invalid_args", message, { issues: (error.issues ?? []) satisfies readonly Issue[] });
  }
}

function readPrivateFile(path: string): string {
  let file: number | undefined;
  try {
    file = openSync(path, "r");
    // Of the open file: the path may lead to another one by now.
    const { mode, size } = fstatSync(file);
    if (process.platform !== "win32" && (mode & 0o027) !== 0) {
      throw new DeepaasError(
        "failed_precondition",
        `The key file ${path} may be written by others than its owner, or read by others than its group: its mode is ${(mode & 0o777).toString(8).padStart(4, "0")}. Run: chmod 600 ${path}`,
      );
    }
    if (size > maxBytes) throw new DeepaasError("failed_precondition", `The key file ${path} is larger than 16 MiB.`);
    return readFileSync(file, "utf8");
  } catch (error) {
    if (DeepaasError.is(error)) throw error;
    throw new DeepaasError("failed_precondition", `The key file ${path} cannot be read: ${errorText(error)}`);
  } finally {
    if (file !== undefined) closeSync(file);
  }
}

function parseKeys(text: string): readonly StoredKey[] {
  const value = parsed(text);
  if (!isObject(value) || !Array.isArray(value.keys)) {
    throw invalidArgs("/keys", "type", 'It must be an object with a list: {"keys": []}.');
  }
  const unknown = Object.keys(value).find((member) => member !== "keys");
  if (unknown !== undefined) throw invalidArgs("", "unknown", `There is no member ${JSON.stringify(unknown)}.`);
  const names = new Set<string>();
  const hashes = new Set<string>();
  return value.keys.map((entry: unknown, at) => {
    const key = checkStoredKey(`/keys/${at}`, entry);
    if (names.has(key.name)) throw invalidArgs(`/keys/${at}/name`, "unique", `The name ${key.name} is there twice.`);
    if (hashes.has(key.sha256)) throw invalidArgs(`/keys/${at}/sha256`, "unique", "The same key is there twice.");
    names.add(key.name);
    hashes.add(key.sha256);
    return key;
  });
}

function parsed(text: string): unknown {
  try {
    return parseJson(text);
  } catch {
    // The message of the parser shows a part of the text.
    throw invalidArgs("", "format", "It is not JSON.");
  }
}
