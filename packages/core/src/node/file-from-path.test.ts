import { mkdtemp, rm, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { expect, onTestFinished, test } from "vitest";
import { fileFromPath } from "./file-from-path.ts";

async function onDisk(content: string | Uint8Array): Promise<string> {
  const folder = await mkdtemp(join(tmpdir(), "deepaas-test-"));
  onTestFinished(() => rm(folder, { recursive: true }));
  const path = join(folder, "file.bin");
  await writeFile(path, content);
  return path;
}

test("the bytes of a file on disk are read into one buffer of its size", async () => {
  const size = 64 * 1024 * 1024;
  const file = await fileFromPath(await onDisk(new Uint8Array(size).fill(7)));
  // The sum of all buffers that are made meanwhile; a collected one still counts.
  const allocated: number[] = [];
  const RealArray = globalThis.Uint8Array;
  globalThis.Uint8Array = new Proxy(RealArray, {
    construct(target, args, newTarget) {
      const made = Reflect.construct(target, args, newTarget) as Uint8Array;
      if (made.byteLength >= size && !(args[0] instanceof ArrayBuffer)) allocated.push(made.byteLength);
      return made;
    },
  });
  onTestFinished(() => {
    globalThis.Uint8Array = RealArray;
  });
  const bytes = await file.bytes();
  expect(allocated).toEqual([size]);
  expect([bytes.length, bytes[0], bytes.at(-1), bytes.buffer.byteLength]).toEqual([size, 7, 7, size]);
});

test("text and an empty file", async () => {
  expect(await (await fileFromPath(await onDisk("grün"))).text()).toBe("grün");
  expect(await (await fileFromPath(await onDisk(""))).bytes()).toEqual(new Uint8Array());
});
