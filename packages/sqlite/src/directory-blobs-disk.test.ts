// When a blob is synced to the disk, and what is left when that fails.
import { existsSync, mkdirSync, readdirSync, readlinkSync, rmSync, statSync, writeFileSync } from "node:fs";
import { type FileHandle, open } from "node:fs/promises";
import { dirname, join, relative } from "node:path";
import { type ModelFile, modelFile } from "@deepaas/core";
import { fileFromPath } from "@deepaas/core/node";
import { afterEach, expect, test, vi } from "vitest";
import { temporaryFolder } from "./blob-id.ts";
import { directoryBlobs } from "./directory-blobs.ts";
import { newFolder } from "./testing/store-folder.ts";

afterEach(() => {
  vi.restoreAllMocks();
});

async function handlePrototype(): Promise<FileHandle> {
  const handle = await open(import.meta.filename);
  await handle.close();
  return Object.getPrototypeOf(handle) as FileHandle;
}

function filesIn(folder: string): string[] {
  if (!existsSync(folder)) return [];
  const entries = readdirSync(folder, { recursive: true, withFileTypes: true });
  return entries
    .filter((entry) => entry.isFile())
    .map(({ parentPath, name }) => relative(folder, join(parentPath, name)));
}
const openFiles = () => readdirSync("/dev/fd").length;

/** The same content from memory and from a file. */
async function sources(): Promise<readonly ModelFile[]> {
  const file = join(newFolder(), "source");
  writeFileSync(file, "abc", { mode: 0o644 });
  return [modelFile(new TextEncoder().encode("abc")), await fileFromPath(file)];
}

test.runIf(process.platform === "linux")(
  "the content is synced before it is in its place, and then each folder",
  async () => {
    const prototype = await handlePrototype();
    const { sync } = prototype;
    for (const source of await sources()) {
      const path = join(newFolder(), "blobs");
      const blobs = directoryBlobs({ path });
      const inPlace = () => filesIn(path).filter((file) => !file.startsWith(temporaryFolder)).length;
      const synced: { readonly place: string; readonly inPlace: number }[] = [];
      vi.spyOn(prototype, "sync").mockImplementation(async function (this: FileHandle) {
        synced.push({ place: relative(path, readlinkSync(`/proc/self/fd/${this.fd}`)), inPlace: inPlace() });
        await sync.call(this);
      });
      const ref = await blobs.put(source);
      vi.restoreAllMocks();
      const folder = relative(path, dirname((await blobs.get(ref)).path ?? ""));
      const content = synced.filter(({ place }) => place.startsWith(`${temporaryFolder}/`));
      expect(content).toMatchObject([{ inPlace: 0 }]);
      const after = synced.filter((one) => one.inPlace === 1).map(({ place }) => place);
      expect(after).toEqual([folder, dirname(folder), ""]);
      // The folder in which `path` is has a new entry, too.
      expect(synced.map(({ place }) => place)).toContain("..");
    }
  },
);

test.each([
  ["content", 0],
  ["folders", 1],
])("a blob whose %s cannot be synced is refused: no file stays open or in the folder", async (_what, failsFrom) => {
  const prototype = await handlePrototype();
  const { sync } = prototype;
  for (const source of await sources()) {
    const path = newFolder();
    const blobs = directoryBlobs({ path });
    // Makes the folders, which are synced as well.
    await blobs.delete(await blobs.put(modelFile(new Uint8Array(1))));
    const before = openFiles();
    let calls = 0;
    vi.spyOn(prototype, "sync").mockImplementation(async function (this: FileHandle) {
      if (calls++ >= failsFrom) throw Object.assign(new Error("EIO"), { code: "EIO" });
      await sync.call(this);
    });
    await expect(blobs.put(source)).rejects.toMatchObject({ code: "unavailable" });
    vi.restoreAllMocks();
    expect([filesIn(path), openFiles()]).toEqual([[], before]);
  }
});

test.each([{ path: "" }, { path: "a\0b" }, { path: 1 }, {}, { path: "/a", more: 1 }])(
  "options that are none are refused: %j",
  (options) => {
    expect(() => directoryBlobs(options as never)).toThrow(TypeError);
  },
);

test("only its owner may read a blob and its folders", async () => {
  for (const source of await sources()) {
    const path = join(newFolder(), "blobs");
    const { id } = await directoryBlobs({ path }).put(source);
    const file = (await directoryBlobs({ path }).get({ id, size: 3, contentType: "" })).path ?? "";
    const modes = [file, dirname(file), dirname(dirname(file)), path].map((one) => statSync(one).mode & 0o777);
    expect(modes).toEqual([0o600, 0o700, 0o700, 0o700]);
  }
});

test("only a missing file is not_found: another error of the disk is its own", async () => {
  const path = newFolder();
  const blobs = directoryBlobs({ path });
  const ref = await blobs.put(modelFile(new TextEncoder().encode("abc")));
  const reads = [blobs.get, async (one: typeof ref) => blobs.verify?.(one)];
  const folder = dirname((await blobs.get(ref)).path ?? "");
  rmSync(folder, { recursive: true });
  for (const read of reads) {
    await expect(read(ref)).rejects.toMatchObject({ code: "not_found", cause: { code: "ENOENT" } });
  }
  // A file in the place of the folder.
  writeFileSync(folder, "");
  for (const read of reads) {
    await expect(read(ref)).rejects.toMatchObject({ code: "ENOTDIR" });
  }
  await expect(blobs.delete(ref)).rejects.toMatchObject({ code: "ENOTDIR" });
});

test("a file of another size is not linked", async () => {
  const path = newFolder();
  const blobs = directoryBlobs({ path });
  const source = () => modelFile(new TextEncoder().encode("abc"));
  const first = await blobs.put(source());
  const file = (await blobs.get(first)).path ?? "";
  writeFileSync(file, "damaged");
  // What is no file is passed over.
  mkdirSync(join(dirname(file), "folder"));
  const second = await blobs.put(source());
  expect(await (await blobs.get(second)).text()).toBe("abc");
  expect(statSync((await blobs.get(second)).path ?? "").nlink).toBe(1);
});

test("verify notices content that is not what was put, also of the same size", async () => {
  const blobs = directoryBlobs({ path: newFolder() });
  const verify = async (ref: { readonly id: string }) => blobs.verify?.(ref as Awaited<ReturnType<typeof blobs.put>>);
  const ref = await blobs.put(modelFile(new TextEncoder().encode("abc")));
  await verify(ref);
  writeFileSync((await blobs.get(ref)).path ?? "", "abd");
  await expect(verify(ref)).rejects.toMatchObject({ code: "not_found", message: expect.stringContaining("hash") });
  await expect(verify({ ...ref, id: "../x" })).rejects.toMatchObject({ code: "not_found" });
});
