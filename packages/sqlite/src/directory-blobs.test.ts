// Blobs as files: one for each content, names for each time it was put.
import { existsSync, mkdirSync, readdirSync, readFileSync, statSync, truncateSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { randomFrom } from "@deepaas/conformance";
import { modelFile } from "@deepaas/core";
import { fileFromPath } from "@deepaas/core/node";
import { expect, onTestFinished, test, vi } from "vitest";
import { directoryBlobs } from "./directory-blobs.ts";
import * as syncing from "./sync-folder.ts";
import { newFolder } from "./testing/store-folder.ts";

vi.mock("./sync-folder.ts", { spy: true });

const bytesOf = (text: string) => new TextEncoder().encode(text);
const never = async () => false;
const all = { olderThanMs: 0 };

function filesIn(folder: string): string[] {
  if (!existsSync(folder)) return [];
  const entries = readdirSync(folder, { recursive: true, withFileTypes: true });
  return entries.filter((entry) => entry.isFile()).map(({ parentPath, name }) => join(parentPath, name));
}

test("what is put is given back, with its name and type, as a file on disk", async () => {
  const path = join(newFolder(), "blobs");
  const blobs = directoryBlobs({ path });
  const ref = await blobs.put(modelFile(bytesOf("abc"), { contentType: "text/plain", originalFilename: "a.txt" }));
  expect(ref).toMatchObject({ size: 3, contentType: "text/plain", originalFilename: "a.txt" });
  // The SHA-256 of "abc", from FIPS 180-2.
  expect(ref.sha256).toBe("ba7816bf8f01cfea414140de5dae2223b00361a396177a9cb410ff61f20015ad");
  expect(ref.id).toMatch(/^ba7816bf8f01cfea414140de5dae2223b00361a396177a9cb410ff61f20015ad\.[0-9a-f-]{36}$/);
  const file = await blobs.get(ref);
  expect(file).toMatchObject({ size: 3, contentType: "text/plain", originalFilename: "a.txt" });
  expect(await file.text()).toBe("abc");
  expect(readFileSync(file.path as string, "utf8")).toBe("abc");
  expect(filesIn(path)).toEqual([file.path]);
  expect(statSync(file.path as string).mode & 0o777).toBe(0o600);
  const unnamed = await blobs.put(modelFile(bytesOf("x")));
  expect(unnamed).not.toHaveProperty("originalFilename");
  expect(await blobs.get(unnamed)).not.toHaveProperty("originalFilename");
});

test("equal content is one file with as many names as times it was put", async () => {
  const path = newFolder();
  const blobs = directoryBlobs({ path });
  const put = () => blobs.put(modelFile(bytesOf("same")));
  const first = await Promise.all([put(), put(), put()]);
  const last = await put();
  const refs = [...first, last];
  expect(new Set(refs.map(({ id }) => id)).size).toBe(4);
  expect(statSync((await blobs.get(last)).path as string).nlink).toBeGreaterThan(1);
  for (const ref of first) await blobs.delete(ref);
  expect(await (await blobs.get(last)).text()).toBe("same");
  await expect(blobs.get(first[0])).rejects.toMatchObject({ code: "not_found" });
  await blobs.delete(last);
  await blobs.delete(last);
  expect(filesIn(path)).toEqual([]);
});

test("a file that lies on disk is copied: what becomes of it then does not matter", async () => {
  const folder = newFolder();
  const blobs = directoryBlobs({ path: join(folder, "blobs") });
  const source = join(folder, "weights.bin");
  writeFileSync(source, "before", { mode: 0o444 });
  const ref = await blobs.put(await fileFromPath(source, { contentType: "x/y" }));
  const twin = await blobs.put(modelFile(bytesOf("before")));
  expect(twin.id.split(".")[0]).toBe(ref.id.split(".")[0]);
  writeFileSync(source, "after");
  const file = await blobs.get(ref);
  expect([await file.text(), file.originalFilename, statSync(file.path as string).mode & 0o777]).toEqual([
    "before",
    "weights.bin",
    0o600,
  ]);
});

test("a stream is written as it comes", async () => {
  const blobs = directoryBlobs({ path: newFolder() });
  let ahead = 0;
  const stream = new ReadableStream<Uint8Array>(
    {
      pull(controller) {
        if (ahead++ < 64) controller.enqueue(new Uint8Array(1 << 16).fill(ahead));
        else controller.close();
      },
    },
    { highWaterMark: 0 },
  );
  const ref = await blobs.put(modelFile(stream));
  expect(ref.size).toBe(64 << 16);
  const bytes = await (await blobs.get(ref)).bytes();
  expect([bytes.length, bytes[0], bytes.at(-1)]).toEqual([64 << 16, 1, 64]);
});

test("a put that fails leaves nothing behind", async () => {
  const path = newFolder();
  const blobs = directoryBlobs({ path });
  const stream = new ReadableStream<Uint8Array>({
    start(controller) {
      controller.enqueue(bytesOf("half"));
      controller.error(new Error("the sender is gone"));
    },
  });
  await expect(blobs.put(modelFile(stream))).rejects.toThrow("the sender is gone");
  const lost = await fileFromPath(import.meta.filename);
  await expect(blobs.put({ ...lost, path: join(path, "nothing") })).rejects.toMatchObject({ code: "ENOENT" });
  expect(filesIn(path)).toEqual([]);
});

test("a put whose folders cannot be synced leaves nothing behind, and others' files alone", async () => {
  const path = newFolder();
  const blobs = directoryBlobs({ path });
  const kept = await blobs.put(modelFile(bytesOf("kept")));
  const before = filesIn(path);
  onTestFinished(() => vi.mocked(syncing.syncFolders).mockRestore());
  for (const text of ["kept", "new"]) {
    // The folders of the file; those that are made are synced one by one.
    vi.mocked(syncing.syncFolders).mockImplementation(async (paths) => {
      if (paths.length > 1) throw Object.assign(new Error("EIO"), { code: "EIO" });
    });
    await expect(blobs.put(modelFile(bytesOf(text)))).rejects.toMatchObject({ code: "unavailable" });
    expect(filesIn(path)).toEqual(before);
  }
  expect(await (await blobs.get(kept)).text()).toBe("kept");
});

test("an id that is not of a blob never becomes a path", async () => {
  const folder = newFolder();
  const path = join(folder, "blobs");
  const blobs = directoryBlobs({ path });
  const { id } = await blobs.put(modelFile(bytesOf("x")));
  writeFileSync(join(folder, "precious"), "x");
  const [sha256 = "", uuid = ""] = id.split(".");
  for (const bad of [
    "../precious",
    "",
    ".",
    `${sha256}.../../../precious`,
    `${sha256}.`,
    `${sha256}/${uuid}`,
    uuid,
    `${id}/..`,
    `${id}\n`,
  ]) {
    const ref = { id: bad, size: 1, contentType: "x/y" };
    await expect(blobs.get(ref)).rejects.toMatchObject({ code: "not_found" });
    await blobs.delete(ref);
  }
  expect(filesIn(folder)).toHaveLength(2);
});

test("a file that is not whole any more is not given, nor named again", async () => {
  const blobs = directoryBlobs({ path: newFolder() });
  const put = () => blobs.put(modelFile(bytesOf("whole")));
  const first = await put();
  truncateSync((await blobs.get(first)).path as string, 2);
  await expect(blobs.get(first)).rejects.toMatchObject({ code: "not_found" });
  expect(await (await blobs.get(await put())).text()).toBe("whole");
});

test("a sweep deletes what an earlier process left, but nothing that is kept or its own", async () => {
  const path = newFolder();
  const before = directoryBlobs({ path });
  const [kept, left, alone] = [
    await before.put(modelFile(bytesOf("one"))),
    await before.put(modelFile(bytesOf("one"))),
    await before.put(modelFile(bytesOf("two"))),
  ];
  mkdirSync(join(path, "tmp"), { recursive: true });
  writeFileSync(join(path, "tmp", "half-written"), "");
  writeFileSync(join(path, "README"), "somebody else's");
  const blobs = directoryBlobs({ path });
  const own = await blobs.put(modelFile(bytesOf("two")));
  await blobs.sweep?.(async (id) => id === kept.id, all);
  expect(await (await blobs.get(kept)).text()).toBe("one");
  expect(await (await blobs.get(own)).text()).toBe("two");
  for (const ref of [left, alone]) await expect(blobs.get(ref)).rejects.toMatchObject({ code: "not_found" });
  expect(filesIn(path)).toHaveLength(3);
  await blobs.delete(kept);
  await directoryBlobs({ path: join(path, "not-there") }).sweep?.(never, all);
});

test("puts, deletes and a sweep of the same content at once lose nothing", { timeout: 30_000 }, async () => {
  const path = newFolder();
  const random = randomFrom(11);
  const earlier = directoryBlobs({ path });
  for (let round = 0; round < 15; round++) {
    for (let i = 0; i < 3; i++) await earlier.put(modelFile(bytesOf(`${i}`)));
    const blobs = directoryBlobs({ path });
    const work = async () => {
      const text = `${random.below(3)}`;
      const ref = await blobs.put(modelFile(bytesOf(text)));
      expect(await (await blobs.get(ref)).text()).toBe(text);
      await random.pause();
      await blobs.delete(ref);
    };
    await Promise.all([blobs.sweep?.(never, all), ...Array.from({ length: 8 }, work)]);
  }
  await directoryBlobs({ path }).sweep?.(never, all);
  expect(filesIn(path)).toEqual([]);
});
