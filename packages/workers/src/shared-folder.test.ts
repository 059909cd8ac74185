import { existsSync, mkdtempSync, readdirSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { setFlagsFromString } from "node:v8";
import { runInNewContext } from "node:vm";
import { modelFile } from "@deepaas/core";
import { afterAll, expect, test } from "vitest";
import { fileAtPath } from "./message-files.ts";
import { createSharedFolder } from "./shared-folder.ts";
import { until } from "./testing/process-facts.ts";

const parent = mkdtempSync(join(tmpdir(), "deepaas-shared-folder-"));
afterAll(() => rmSync(parent, { recursive: true }));

function collectGarbage(): void {
  setFlagsFromString("--expose-gc");
  (runInNewContext("gc") as () => void)();
}

test("a copy stays until it is deleted, and close removes the folder", async () => {
  const folder = await createSharedFolder(parent);
  const copies = await Promise.all([
    folder.copyOf(modelFile(new TextEncoder().encode("in memory"))),
    folder.copyOf(fileAtPath(import.meta.filename, { contentType: "text/plain" })),
  ]);
  expect(await copies[0]?.text()).toBe("in memory");
  expect(await copies[1]?.text()).toContain("a copy stays");
  folder.delete(copies.map(({ path }) => path as string));
  await until(() => readdirSync(folder.path).join() === "lock");
  await folder.close();
  expect(existsSync(folder.path)).toBe(false);
});

test("a file of a worker is deleted when it is no longer used; after close the folder goes with the last one", async () => {
  const folder = await createSharedFolder(parent);
  const path = join(folder.path, "answer");
  writeFileSync(path, "answer");
  const use = async () => {
    const file = fileAtPath(path, { contentType: "text/plain" });
    folder.deleteWhenUnused([file]);
    folder.delete([path]);
    await folder.close();
    expect(await file.text()).toBe("answer");
  };
  await use();
  await until(() => {
    collectGarbage();
    return !existsSync(folder.path);
  });
});
