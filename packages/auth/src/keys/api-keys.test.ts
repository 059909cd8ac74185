import { hash } from "node:crypto";
import { readFileSync, renameSync, rmSync, writeFileSync } from "node:fs";
import { expect, onTestFinished, test, vi } from "vitest";
import { newKeyFile } from "../testing/key-folder.ts";
import { memoryLogger } from "../testing/memory-logger.ts";
import { anyRequest } from "../testing/request.ts";
import { type ApiKeysOptions, apiKeys, type PlainKey } from "./api-keys.ts";
import { addKey, revokeKey } from "./edit-keys.ts";

const plain: PlainKey = { name: "env", key: "an-operators-own-key", scopes: ["admin"] };
const dpk = `dpk_${"x".repeat(43)}`;

function opened(options: ApiKeysOptions) {
  const logger = memoryLogger();
  const keys = apiKeys({ logger, ...options });
  onTestFinished(() => keys.close());
  return { keys, logger, callerOf: (token: string | undefined) => keys(anyRequest, token) };
}

const refusedWith = (message: string) => expect.objectContaining({ code: "unauthenticated", message });

test("a plain key has its scopes, for its models", () => {
  const { callerOf } = opened({
    keys: [plain, { name: "two", key: dpk, scopes: ["read", "train"], models: ["a", "b"] }],
  });
  expect(callerOf(plain.key)).toMatchObject({ id: "key:env", scopes: ["admin"] });
  expect(callerOf(dpk)).toMatchObject({ id: "key:two", scopes: ["read@a", "read@b", "train@a", "train@b"] });
  // The same object for each call: it has the one signal.
  expect(callerOf(dpk)).toBe(callerOf(dpk));
});

test("no, a wrong and another kind of token", () => {
  const { callerOf } = opened({ keys: [plain] });
  for (const token of [undefined, "", "a.b.c", "an-operators-own-kez", `${plain.key} `, "x".repeat(10_000)]) {
    expect(callerOf(token)).toBeUndefined();
  }
  expect(() => callerOf(dpk)).toThrow(refusedWith("The API key is unknown."));
});

test("the hash of a key is no key", async () => {
  const file = newKeyFile();
  const { key } = await addKey(file, { name: "ann", scopes: ["read"] });
  const { callerOf } = opened({ file });
  expect(callerOf(hash("sha256", key, "hex"))).toBeUndefined();
  expect(callerOf(key)).toMatchObject({ id: "key:ann" });
});

test("hashes are compared in constant time", async () => {
  const { default: crypto } = await import("node:crypto");
  const compare = vi.spyOn(crypto, "timingSafeEqual");
  onTestFinished(() => compare.mockRestore());
  const { syncBuiltinESMExports } = await import("node:module");
  syncBuiltinESMExports();
  onTestFinished(() => syncBuiltinESMExports());
  opened({ keys: [plain] }).callerOf(plain.key);
  expect(compare).toHaveBeenCalledTimes(1);
});

test("an expired key is refused, and its signal is aborted", () => {
  vi.useFakeTimers({ toFake: ["setTimeout", "clearTimeout", "Date"] });
  onTestFinished(() => void vi.useRealTimers());
  const expiresAt = new Date(Date.now() + 5_000).toISOString();
  const { callerOf } = opened({ keys: [{ ...plain, expiresAt }] });
  const caller = callerOf(plain.key);
  expect(caller?.signal?.aborted).toBe(false);
  vi.advanceTimersByTime(5_000);
  expect(caller?.signal?.reason).toMatchObject({ message: "The credentials have expired." });
  expect(() => callerOf(plain.key)).toThrow(refusedWith("The credentials have expired."));
});

test("a key that was added or revoked meanwhile is known without a restart", async () => {
  const file = newKeyFile();
  const ann = await addKey(file, { name: "ann", scopes: ["read"] });
  const { callerOf, keys } = opened({ file, keys: [plain] });
  const caller = callerOf(ann.key);
  const other = callerOf(plain.key);
  const bob = await addKey(file, { name: "bob", scopes: ["predict"] });
  await vi.waitFor(() => expect(callerOf(bob.key)).toMatchObject({ id: "key:bob", scopes: ["predict"] }), 15_000);
  expect(callerOf(ann.key)).toBe(caller);
  const { signal } = caller ?? {};
  await revokeKey(file, "ann");
  await vi.waitFor(() => expect(signal?.aborted).toBe(true), 15_000);
  expect(signal?.reason).toMatchObject({ code: "unauthenticated", message: "The credentials were revoked." });
  expect(() => callerOf(ann.key)).toThrow(refusedWith("The credentials were revoked."));
  expect(callerOf(plain.key)).toBe(other);
  expect(keys.signalOf("key:ann", Date.now())?.aborted).toBe(true);
});

test("a key that has other rights now ends the old ones", async () => {
  const file = newKeyFile();
  const { key } = await addKey(file, { name: "ann", scopes: ["admin"] });
  const { callerOf } = opened({ file });
  const { signal } = callerOf(key) ?? {};
  writeFileSync(file, readFileSync(file, "utf8").replace("admin", "read"));
  await vi.waitFor(() => expect(callerOf(key)).toMatchObject({ scopes: ["read"] }), 15_000);
  expect(signal?.aborted).toBe(true);
  expect(callerOf(key)?.signal?.aborted).toBe(false);
});

test("a key that was taken out of the file is unknown", async () => {
  const file = newKeyFile();
  const { key } = await addKey(file, { name: "ann", scopes: ["admin"] });
  const { callerOf } = opened({ file });
  const { signal } = callerOf(key) ?? {};
  writeFileSync(`${file}.new`, '{"keys": []}', { mode: 0o600 });
  renameSync(`${file}.new`, file);
  await vi.waitFor(() => expect(signal?.aborted).toBe(true), 15_000);
  expect(() => callerOf(key)).toThrow(refusedWith("The API key is unknown."));
});

test("a file that cannot be read any more changes nothing, and is logged without a secret", async () => {
  const file = newKeyFile();
  const { key } = await addKey(file, { name: "ann", scopes: ["admin"] });
  const { callerOf, logger } = opened({ file });
  const errors = () => logger.lines.filter((line) => line.includes("cannot be read; those before stay valid"));
  const good = readFileSync(file, "utf8");
  writeFileSync(file, `{"keys": [{"name": "${key}`);
  await vi.waitFor(() => expect(errors()).not.toHaveLength(0), 15_000);
  expect(callerOf(key)).toMatchObject({ id: "key:ann" });
  const before = errors().length;
  rmSync(file);
  await vi.waitFor(() => expect(errors().length).toBeGreaterThan(before), 15_000);
  expect(callerOf(key)).toMatchObject({ id: "key:ann" });
  writeFileSync(file, good, { mode: 0o600 });
  await revokeKey(file, "ann");
  await vi.waitFor(() => expect(() => callerOf(key)).toThrow("revoked"), 15_000);
  expect(logger.lines.join()).not.toContain(key.slice(4));
});

test("signalOf follows the key that a caller had", async () => {
  const file = newKeyFile();
  const before = Date.now() - 1;
  const { key } = await addKey(file, { name: "ann", scopes: ["admin"] });
  const { keys, callerOf } = opened({ file, keys: [plain] });
  const now = Date.now();
  expect(keys.signalOf("key:ann", now)).toBe(callerOf(key)?.signal);
  expect(keys.signalOf("key:env", 1)?.aborted).toBe(false);
  expect(keys.signalOf("key:gone", now)?.aborted).toBe(true);
  // Another key had the name then.
  expect(keys.signalOf("key:ann", before)?.aborted).toBe(true);
  expect(keys.signalOf("https://issuer#ann", now)).toBeUndefined();
});

test.each([
  [{}, "give keys or a file"],
  [{ keys: [] }, "give keys or a file"],
  [{ keys: {} }, "keys must be a list"],
  [{ file: "" }, "file must be the path"],
  [{ path: "x" }, 'there is no option "path"'],
  [{ keys: [{ ...plain, scope: "x" }] }, 'there is no option "scope"'],
  [{ keys: [{ ...plain, key: "short" }] }, "An API key must have 16-512"],
  [{ keys: [{ ...plain, key: "with spaces in between" }] }, "An API key must have 16-512"],
  [{ keys: [{ ...plain, scopes: ["all"] }] }, 'no scope "all"'],
  [{ keys: [plain, { ...plain, key: dpk }] }, "Two API keys have the name env"],
  [{ file: "/nowhere/keys.json" }, "cannot be read"],
])("the options %j are refused", (options, message) => {
  expect(() => apiKeys(options as ApiKeysOptions)).toThrow(message);
});

test("an error about a key does not show it", () => {
  expect(() => apiKeys({ keys: [{ ...plain, key: "s3cret s3cret s3cret" }] })).toThrow(/^((?!s3cret).)*$/s);
});
