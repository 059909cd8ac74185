// Files of an export on a file system that has no hard links, as FAT and some network file systems.
import { readdir, readFile, writeFile } from "node:fs/promises";
import { join } from "node:path";
import { expect, test, vi } from "vitest";
import { testFolder } from "../testing/test-folder.ts";
import { StagedFiles } from "./staged-files.ts";

vi.mock("node:fs/promises", async (original) => ({
  ...(await original<typeof import("node:fs/promises")>()),
  link: () => Promise.reject(Object.assign(new Error("EPERM: operation not permitted, link"), { code: "EPERM" })),
}));

test("a file gets its name", async () => {
  const folder = await testFolder();
  const path = join(folder, "runs");
  await using files = new StagedFiles({ force: false });
  const writer = await files.create(path);
  await writer.write("text");
  expect(await files.commit()).toEqual([path]);
  expect(await readFile(path, "utf8")).toBe("text");
  expect(await readdir(folder)).toEqual(["runs"]);
});

test("a file that appeared meanwhile is not replaced", async () => {
  const path = join(await testFolder(), "runs");
  await using files = new StagedFiles({ force: false });
  await files.create(path);
  await writeFile(path, "mine");
  await expect(files.commit()).rejects.toMatchObject({ code: "already_exists", message: `${path} already exists` });
  expect(await readFile(path, "utf8")).toBe("mine");
});

test("no listener for signals is left", async () => {
  const before = process.listenerCount("SIGINT");
  {
    await using _files = new StagedFiles({ force: false });
    expect(process.listenerCount("SIGINT")).toBe(before + 1);
  }
  expect(process.listenerCount("SIGINT")).toBe(before);
});
