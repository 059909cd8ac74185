// A store that only reads, beside the one that writes.
import { chmodSync, existsSync, readFileSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { expect, test } from "vitest";
import { sqliteStore } from "./index.ts";
import { newFolder } from "./testing/store-folder.ts";

const private_ = { secrets: {}, files: {} };
const newRun = (id: string) => ({ id, model: "m", args: {}, private: private_, fingerprint: "f" });

test("it sees what another store writes, and does not take its runs over", async () => {
  const path = join(newFolder(), "runs.db");
  const writer = sqliteStore({ path });
  await writer.open({ id: "server" });
  await writer.create(newRun("one"));
  expect((await writer.claim("one"))?.run.attempt).toBe(1);
  const reader = sqliteStore({ path, readOnly: true });
  expect(await reader.open({ id: "reader" })).toEqual([]);
  expect((await reader.get("one"))?.state).toBe("running");
  await writer.append("one", [{ fact: { type: "progress", step: 1 } }], { attempt: 1, appendNumber: 1 });
  expect((await reader.get("one"))?.progress).toEqual({ step: 1 });
  expect((await reader.read("one", 0, 10)).map(({ type }) => type)).toEqual(["queued", "started", "progress"]);
  // Also after the reader has ended, the writer is the holder.
  await reader.close();
  expect(await writer.append("one", [{ fact: { type: "succeeded", result: 1 } }], { attempt: 1 })).toBe("kept");
  await writer.close();
});

test("it changes nothing in the file, and refuses every write", async () => {
  const path = join(newFolder(), "runs.db");
  const writer = sqliteStore({ path });
  await writer.open({ id: "server" });
  await writer.create(newRun("one"));
  await writer.close();
  const before = readFileSync(path);
  const reader = sqliteStore({ path, readOnly: true });
  await reader.open({ id: "reader" });
  for (const write of [
    reader.create(newRun("two")),
    reader.claim("one"),
    reader.append("one", [{ fact: { type: "cancelled" } }]),
    reader.remove("one"),
    reader.removeVersion("m", 1),
  ]) {
    await expect(write).rejects.toMatchObject({ code: "failed_precondition", message: /reading only/ });
  }
  expect((await reader.list({})).items.map(({ id }) => id)).toEqual(["one"]);
  await reader.close();
  expect(readFileSync(path).equals(before)).toBe(true);
});

test("a file that is missing or is no database is refused, and none is created", async () => {
  const folder = newFolder();
  const path = join(folder, "runs.db");
  await expect(sqliteStore({ path, readOnly: true }).open({ id: "r" })).rejects.toMatchObject({
    code: "failed_precondition",
  });
  expect(existsSync(path)).toBe(false);
  writeFileSync(path, "no database, but a text that is long enough for a header of SQLite".repeat(20));
  chmodSync(path, 0o600);
  await expect(sqliteStore({ path, readOnly: true }).open({ id: "r" })).rejects.toMatchObject({
    code: "failed_precondition",
    message: expect.stringContaining(path),
  });
});
