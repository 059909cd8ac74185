import { type ChildProcess, spawn, spawnSync } from "node:child_process";
import { once } from "node:events";
import {
  existsSync,
  mkdirSync,
  mkdtempSync,
  readdirSync,
  renameSync,
  rmSync,
  statSync,
  symlinkSync,
  writeFileSync,
} from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { expect, onTestFinished, test, vi } from "vitest";
import { lockFile } from "./lock-file.ts";
import { PrivateFolder } from "./private-folder.ts";
import { createTemporaryFolder, sweepTemporaryFolders } from "./temporary-folder.ts";

const entry = new URL("../../dist/node/index.js", import.meta.url).href;
const script = `
const { createTemporaryFolder } = await import(${JSON.stringify(entry)});
const { path } = await createTemporaryFolder(process.argv[1], "files");
(await import("node:fs")).writeFileSync(path + "/1", "x");
console.log(path);
setInterval(() => {}, 1_000_000);`;

function newParent(): string {
  const parent = mkdtempSync(join(tmpdir(), "deepaas-sweep-"));
  onTestFinished(() => rmSync(parent, { recursive: true, force: true }));
  return parent;
}

interface Other {
  readonly path: string;
  /** As `kill -9` does. */
  kill(): Promise<void>;
}

/** Another process with a folder in `parent`, started through the command `through`. */
async function otherProcess(parent: string, through: readonly string[] = []): Promise<Other> {
  const [command, ...args] = [...through, process.execPath, "--input-type=module", "-e", script, parent];
  const child: ChildProcess = spawn(command, args, { stdio: ["ignore", "pipe", 2] });
  const kill = async () => {
    if (child.exitCode !== null || child.signalCode !== null) return;
    const ended = once(child, "close");
    child.kill("SIGKILL");
    await ended;
  };
  onTestFinished(kill);
  const [line] = (await once(child.stdout as NodeJS.ReadableStream, "data")) as [Buffer];
  return { path: line.toString().trim(), kill };
}

test("the folder of a killed process is removed with its files, also when the next one creates a folder", async () => {
  const parent = newParent();
  for (const next of [sweepTemporaryFolders, (folder: string) => createTemporaryFolder(folder, "other")]) {
    const { path, kill } = await otherProcess(parent);
    await kill();
    expect(readdirSync(path)).toContain("1");
    await next(parent);
    expect(existsSync(path)).toBe(false);
  }
});

const mayUnshare = spawnSync("unshare", ["--pid", "--fork", "--kill-child", "true"]).status === 0;
const ways: readonly [string, readonly string[]][] = [
  ["a running process", []],
  ...(mayUnshare
    ? [["a running process whose ids mean nothing here", ["unshare", "--pid", "--fork", "--kill-child"]] as const]
    : []),
].map(([name, through]) => [name as string, through as readonly string[]]);

test.each(ways)("the folder of %s stays", async (_, through) => {
  const parent = newParent();
  const { path } = await otherProcess(parent, through);
  await sweepTemporaryFolders(parent);
  expect(readdirSync(path)).toContain("1");
});

test("the folder of this process stays, until it is removed", async () => {
  const parent = newParent();
  const folder = await createTemporaryFolder(parent, "files");
  writeFileSync(join(folder.path, "1"), "x");
  await sweepTemporaryFolders(parent);
  expect(readdirSync(folder.path)).toContain("1");
  await folder.remove();
  expect(readdirSync(parent)).toEqual([]);
  await folder.remove();
});

test("links, folders without a lock and those of another boot stay, with what they point to", async () => {
  const parent = newParent();
  const { path, kill } = await otherProcess(parent);
  await kill();
  const outside = join(parent, "outside");
  mkdirSync(outside);
  writeFileSync(join(outside, "lock"), "");
  const name = path.slice(0, -6);
  symlinkSync(outside, `${name}linked`);
  mkdirSync(`${name}nolock`);
  mkdirSync(`${name}lnlock`);
  symlinkSync(join(outside, "lock"), join(`${name}lnlock`, "lock"));
  symlinkSync(outside, join(path, "within"));
  await sweepTemporaryFolders(parent);
  expect(existsSync(path)).toBe(false);
  expect(readdirSync(outside)).toEqual(["lock"]);
  expect(existsSync(`${name}linked`) && existsSync(`${name}nolock`) && existsSync(`${name}lnlock`)).toBe(true);

  const other = await otherProcess(parent);
  await other.kill();
  const ofOtherBoot = other.path.replace(/-[0-9a-f]{8}-/, "-00000000-");
  renameSync(other.path, ofOtherBoot);
  await sweepTemporaryFolders(parent);
  expect(readdirSync(ofOtherBoot)).toContain("1");
});

test("a folder that cannot be read fails nothing", async () => {
  await sweepTemporaryFolders(join(newParent(), "missing"));
});

test("a private folder is for its user only, and is created again if a cleaner removed it", async () => {
  const parent = newParent();
  vi.stubEnv("TMPDIR", parent);
  onTestFinished(() => void vi.unstubAllEnvs());
  const first = new PrivateFolder("upload-");
  const path = await first.newPath();
  for (const one of [join(path, ".."), join(path, "../..")]) expect(statSync(one).mode & 0o777).toBe(0o700);
  expect(statSync(join(path, "../../lock")).mode & 0o777).toBe(0o600);
  rmSync(join(path, "../.."), { recursive: true });
  const second = new PrivateFolder("upload-");
  writeFileSync(await second.newPath(), "x");
  await second.remove();
  expect(readdirSync(parent)).toHaveLength(1);
});

test("a file is locked once, also within a process, and can be locked again after its release", () => {
  const path = join(newParent(), "a file?#%.lock");
  const lock = lockFile(path);
  expect(lockFile(path)).toBeUndefined();
  expect(lockFile(path)).toBeUndefined();
  lock?.release();
  lock?.release();
  const again = lockFile(path);
  expect(again).toBeDefined();
  again?.release();
  expect(() => lockFile(join(path, "x"))).toThrow("ENOTDIR");
});
