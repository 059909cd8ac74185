import { expect, test } from "vitest";
import { bytesInMemory, fileFromBytes, isModelFile, modelFile } from "./model-file.ts";

test("a file from bytes gives them back in every form", async () => {
  const file = modelFile(new TextEncoder().encode("hello"), { contentType: "text/plain", originalFilename: "a.txt" });
  expect(file).toMatchObject({ size: 5, contentType: "text/plain", originalFilename: "a.txt" });
  expect(await file.text()).toBe("hello");
  expect(await new Response(file.stream()).text()).toBe("hello");
  expect(await new Response(file.stream()).text()).toBe("hello");
  expect(isModelFile(file)).toBe(true);
});

test("a name never keeps the folders of its sender", () => {
  expect(modelFile(new Uint8Array(), { originalFilename: "../../etc/passwd" }).originalFilename).toBe("passwd");
  expect(modelFile(new Uint8Array(), { originalFilename: "C:\\temp\\x.png" }).originalFilename).toBe("x.png");
  expect(modelFile(new Uint8Array(), { originalFilename: "folder/" }).originalFilename).toBeUndefined();
});

test("a blob brings its own type and name", () => {
  const file = modelFile(new File(["x"], "seven.png", { type: "image/png" }));
  expect(file).toMatchObject({ contentType: "image/png", originalFilename: "seven.png", size: 1 });
});

test("a file from a stream can be read once", async () => {
  const file = modelFile(new Blob(["once"]).stream());
  expect(file.size).toBeUndefined();
  expect(await file.text()).toBe("once");
  await expect(file.text()).rejects.toThrow("already read");
});

test("a file from a file is the same one, or renamed", async () => {
  const file = modelFile(new Blob(["x"]));
  expect(modelFile(file)).toBe(file);
  const typed = modelFile(file, { contentType: "image/png" });
  expect(typed.contentType).toBe("image/png");
  expect(await typed.text()).toBe("x");
});

test.each([
  ["a Uint8Array", (bytes: Uint8Array<ArrayBuffer>) => bytes],
  ["a Buffer", (bytes: Uint8Array<ArrayBuffer>) => Buffer.from(bytes.buffer)],
  ["an ArrayBuffer", (bytes: Uint8Array<ArrayBuffer>) => bytes.buffer],
  ["a view of other numbers", (bytes: Uint8Array<ArrayBuffer>) => new Uint16Array(bytes.buffer) as never],
])("a file from %s has the bytes of that moment, and no reader has those of another", async (_, source) => {
  const bytes = new Uint8Array([1, 2, 3, 4]);
  const file = modelFile(source(bytes));
  bytes.fill(9);
  (await file.bytes()).fill(8);
  for await (const piece of file.stream()) piece.fill(7);
  expect(await file.bytes()).toEqual(new Uint8Array([1, 2, 3, 4]));
  expect(bytesInMemory(file)).toEqual(new Uint8Array([1, 2, 3, 4]));
  expect(bytesInMemory(modelFile(file, { contentType: "image/png" }))).toBe(bytesInMemory(file));
});

test("a file that holds bytes gives copies of what is there, without one of its own", async () => {
  const bytes = Buffer.from("held");
  const file = fileFromBytes(bytes, { contentType: "text/plain" });
  expect(bytesInMemory(file)?.buffer).toBe(bytes.buffer);
  (await file.bytes()).fill(0);
  expect(await file.text()).toBe("held");
  expect(file).toMatchObject({ contentType: "text/plain", size: 4 });
  expect(bytesInMemory(modelFile(new Blob(["x"])))).toBeUndefined();
});

test("a large file streams in pieces, an empty one in none", async () => {
  const bytes = Uint8Array.from({ length: 200_000 }, (_, i) => i);
  const pieces = await Array.fromAsync(modelFile(bytes).stream());
  expect(pieces.length).toBeGreaterThan(1);
  expect(new Uint8Array(await new Blob(pieces).arrayBuffer())).toEqual(bytes);
  expect(await Array.fromAsync(modelFile(new Uint8Array()).stream())).toEqual([]);
});
