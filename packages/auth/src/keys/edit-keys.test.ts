import { fork } from "node:child_process";
import { once } from "node:events";
import { lstatSync, readdirSync, readFileSync, statSync, symlinkSync, writeFileSync } from "node:fs";
import { dirname, join } from "node:path";
import { fileURLToPath } from "node:url";
import { expect, test } from "vitest";
import { newKeyFile } from "../testing/key-folder.ts";
import { addKey, listKeys, revokeKey } from "./edit-keys.ts";
import { newKey, sha256Of } from "./key-record.ts";

test("a key is added, listed and revoked", async () => {
  const file = newKeyFile();
  const expiresAt = "2999-01-01T00:00:00Z";
  const { key, record } = await addKey(file, { name: "ann", scopes: ["predict"], models: ["digits"], expiresAt });
  expect(key).toMatch(/^dpk_[\w-]{43}$/);
  expect(record).toEqual({
    name: "ann",
    scopes: ["predict"],
    models: ["digits"],
    expiresAt,
    createdAt: expect.any(String),
  });
  await addKey(file, { name: "bob", scopes: ["admin"] });
  const revoked = await revokeKey(file, "ann");
  expect(revoked).toEqual({ ...record, revokedAt: expect.any(String) });
  // Once more: the time stays.
  expect(await revokeKey(file, "ann")).toEqual(revoked);
  expect(listKeys(file)).toEqual([revoked, { name: "bob", scopes: ["admin"], createdAt: expect.any(String) }]);
  const text = readFileSync(file, "utf8");
  expect(text).toContain(sha256Of(key));
  expect(text).not.toContain(key.slice("dpk_".length));
  expect(readdirSync(dirname(file)).sort()).toEqual(["keys.json", "keys.json.lock"]);
});

test.skipIf(process.platform === "win32")("the file is for its owner alone", async () => {
  const file = newKeyFile();
  await addKey(file, { name: "ann", scopes: ["read"] });
  expect(statSync(file).mode & 0o777).toBe(0o600);
});

test("two keys are never the same", () => expect(newKey()).not.toBe(newKey()));

test.each([
  [{ name: "a/b", scopes: ["read"] }, "/name"],
  [{ name: "a", scopes: [] }, "/scopes"],
  [{ name: "a", scopes: ["write"] }, "/scopes/0"],
  [{ name: "a", scopes: ["metrics@digits"] }, "/scopes/0"],
  [{ name: "a", scopes: ["predict", "metrics"], models: ["digits"] }, "/scopes/1"],
  [{ name: "a", scopes: ["read"], models: ["../x"] }, "/models/0"],
  [{ name: "a", scopes: ["read"], expiresAt: "tomorrow" }, "/expiresAt"],
  [{ name: "a", scopes: ["read"], expiresAt: "2020-01-01T00:00:00Z" }, "/expiresAt"],
])("%j is refused at %s, and writes nothing", async (options, pointer) => {
  const file = newKeyFile();
  await expect(addKey(file, options)).rejects.toMatchObject({ code: "invalid_args", issues: [{ pointer }] });
  expect(readdirSync(dirname(file))).toEqual([]);
});

test("an unknown option is refused", async () => {
  const options = { name: "a", scopes: ["read"], model: "m" };
  await expect(addKey(newKeyFile(), options)).rejects.toThrow('addKey: there is no option "model"');
});

test("a name is not used again, also not that of a revoked key", async () => {
  const file = newKeyFile();
  await addKey(file, { name: "ann", scopes: ["read"] });
  await revokeKey(file, "ann");
  await expect(addKey(file, { name: "ann", scopes: ["read"] })).rejects.toMatchObject({ code: "already_exists" });
  await expect(revokeKey(file, "bob")).rejects.toMatchObject({ code: "not_found" });
});

test("a malformed file is not overwritten", async () => {
  const file = newKeyFile();
  writeFileSync(file, "{", { mode: 0o600 });
  await expect(addKey(file, { name: "ann", scopes: ["read"] })).rejects.toMatchObject({ code: "invalid_args" });
  expect(readFileSync(file, "utf8")).toBe("{");
});

test("a folder that is missing is said", async () => {
  const file = join(dirname(newKeyFile()), "missing", "keys.json");
  await expect(addKey(file, { name: "a", scopes: ["read"] })).rejects.toMatchObject({ code: "failed_precondition" });
});

test.skipIf(process.platform === "win32")("a symbolic link stays one", async () => {
  const file = newKeyFile();
  const link = join(dirname(file), "link.json");
  await addKey(file, { name: "ann", scopes: ["read"] });
  symlinkSync(file, link);
  await addKey(link, { name: "bob", scopes: ["read"] });
  expect(lstatSync(link).isSymbolicLink()).toBe(true);
  expect(listKeys(file).map(({ name }) => name)).toEqual(["ann", "bob"]);
});

test("processes that add keys at once lose none", async () => {
  const file = newKeyFile();
  const child = fileURLToPath(new URL("../testing/add-keys-child.ts", import.meta.url));
  const children = ["a", "b", "c"].map((prefix) => fork(child, [file, prefix, "5"], { execArgv: [] }));
  const codes = await Promise.all(children.map((one) => once(one, "exit")));
  expect(codes.map(([code]) => code)).toEqual([0, 0, 0]);
  expect(listKeys(file)).toHaveLength(15);
});
