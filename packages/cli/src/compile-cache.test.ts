import { execFile } from "node:child_process";
import { chmod, mkdir, mkdtemp, readdir, rm, stat, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { promisify } from "node:util";
import { expect, onTestFinished, test } from "vitest";

const bin = join(import.meta.dirname, "../bin/deepaas.mjs");

async function cacheHome(): Promise<string> {
  const folder = await mkdtemp(join(tmpdir(), "deepaas-test-"));
  onTestFinished(() => rm(folder, { recursive: true }));
  return folder;
}

async function version(env: Readonly<Record<string, string>>): Promise<string> {
  const { NODE_COMPILE_CACHE: _1, NODE_DISABLE_COMPILE_CACHE: _2, ...own } = process.env;
  const { stdout } = await promisify(execFile)(process.execPath, [bin, "--version"], { env: { ...own, ...env } });
  return stdout.trim();
}

test("compiled code is kept in a private folder of the user", async () => {
  const home = await cacheHome();
  await version({ XDG_CACHE_HOME: home });
  const folder = join(home, "deepaas", "compile");
  expect((await stat(folder)).mode & 0o777).toBe(0o700);
  expect(await readdir(folder)).not.toEqual([]);
});

test("a folder that others may write is not used", async () => {
  const home = await cacheHome();
  const folder = join(home, "deepaas", "compile");
  await mkdir(folder, { recursive: true });
  await chmod(folder, 0o777);
  await version({ XDG_CACHE_HOME: home });
  expect(await readdir(folder)).toEqual([]);
});

test("the command works without a cache", async () => {
  const home = await cacheHome();
  await writeFile(join(home, "file"), "");
  expect(await version({ XDG_CACHE_HOME: join(home, "file") })).toMatch(/^\d/);
  expect(await version({ XDG_CACHE_HOME: home, NODE_DISABLE_COMPILE_CACHE: "1" })).toMatch(/^\d/);
  expect(await readdir(home)).toEqual(["file"]);
});
