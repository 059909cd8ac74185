import { chmodSync, writeFileSync } from "node:fs";
import { expect, test } from "vitest";
import { newKeyFile } from "../testing/key-folder.ts";
import { readKeyFile } from "./key-file.ts";

const sha256 = "ab".repeat(32);
const key = { name: "ann", sha256, scopes: ["predict"], createdAt: "2026-01-01T00:00:00.000Z" };

function fileWith(content: unknown): string {
  const file = newKeyFile();
  writeFileSync(file, typeof content === "string" ? content : JSON.stringify(content), { mode: 0o600 });
  return file;
}

test("a file of keys is read", () => {
  const keys = [key, { ...key, name: "bob@example.org", sha256: "cd".repeat(32), scopes: ["read", "read:all@m"] }];
  expect(readKeyFile(fileWith({ keys }))).toEqual(keys);
  expect(readKeyFile(fileWith({ keys: [] }))).toEqual([]);
});

test.each([
  ["not JSON", "", /It is not JSON/],
  [[], "/keys", /must be an object with a list/],
  [{ keys: {} }, "/keys", /must be an object with a list/],
  [{ keys: [], version: 1 }, "", /no member "version"/],
  [{ keys: [5] }, "/keys/0", /must be an object/],
  [{ keys: [{ ...key, scope: [] }] }, "/keys/0/scope", /no member "scope"/],
  [{ keys: [{ ...key, name: "a b" }] }, "/keys/0/name", /must be 1-64 of/],
  [{ keys: [{ ...key, name: undefined }] }, "/keys/0/name", /must be 1-64 of/],
  [{ keys: [{ ...key, sha256: "AB".repeat(32) }] }, "/keys/0/sha256", /64 hexadecimal digits/],
  [{ keys: [{ ...key, sha256: "ab" }] }, "/keys/0/sha256", /64 hexadecimal digits/],
  [{ keys: [{ ...key, scopes: [] }] }, "/keys/0/scopes", /at least one/],
  [{ keys: [{ ...key, scopes: ["read", "predcit"] }] }, "/keys/0/scopes/1", /no scope "predcit"/],
  [{ keys: [{ ...key, scopes: ["read#1"] }] }, "/keys/0/scopes/0", /no scope/],
  [{ keys: [{ ...key, scopes: ["read@../m"] }] }, "/keys/0/scopes/0", /no scope/],
  [{ keys: [{ ...key, models: [] }] }, "/keys/0/models", /at least one/],
  [{ keys: [{ ...key, models: ["a/b"] }] }, "/keys/0/models/0", /not the name of a model/],
  [{ keys: [{ ...key, models: ["m"], scopes: ["read@m"] }] }, "/keys/0/scopes/0", /scopes without a model/],
  [{ keys: [{ ...key, createdAt: "yesterday" }] }, "/keys/0/createdAt", /must be written as/],
  [{ keys: [{ ...key, expiresAt: "2026-13-01T00:00:00Z" }] }, "/keys/0/expiresAt", /must be written as/],
  [{ keys: [{ ...key, expiresAt: "2026-01-01T00:00:00" }] }, "/keys/0/expiresAt", /must be written as/],
  [{ keys: [{ ...key, revokedAt: true }] }, "/keys/0/revokedAt", /must be written as/],
  [{ keys: [key, { ...key, sha256: "cd".repeat(32) }] }, "/keys/1/name", /is there twice/],
  [{ keys: [key, { ...key, name: "bob" }] }, "/keys/1/sha256", /is there twice/],
])("%j is refused at %j", (content, pointer, message) => {
  const file = fileWith(content);
  expect(() => readKeyFile(file)).toThrow(
    expect.objectContaining({
      code: "invalid_args",
      message: expect.stringMatching(message),
      issues: [expect.objectContaining({ pointer })],
    }),
  );
  expect(() => readKeyFile(file)).toThrow(file);
});

test.skipIf(process.platform === "win32").each([0o604, 0o620, 0o642, 0o666])(
  "a file with mode %o is refused with the command that helps",
  (mode) => {
    const file = fileWith({ keys: [] });
    chmodSync(file, mode);
    expect(() => readKeyFile(file)).toThrow(`chmod 600 ${file}`);
    // 0440 is the mode of a secret that Kubernetes mounts for a group.
    for (const allowed of [0o400, 0o440, 0o640]) {
      chmodSync(file, allowed);
      expect(readKeyFile(file)).toEqual([]);
    }
  },
);

test("a missing file, and a folder", () => {
  const file = newKeyFile();
  const failed = expect.objectContaining({
    code: "failed_precondition",
    message: expect.stringContaining("cannot be read"),
  });
  expect(() => readKeyFile(file)).toThrow(failed);
});
