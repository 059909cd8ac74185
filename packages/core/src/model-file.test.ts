import { expect, test } from "vitest";
import { isModelFile, modelFile } from "./model-file.ts";

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
  await expect(file.text()).rejects.toThrow("read already");
});

test("a file from a file is the same one, or renamed", async () => {
  const file = modelFile(new Blob(["x"]));
  expect(modelFile(file)).toBe(file);
  const typed = modelFile(file, { contentType: "image/png" });
  expect(typed.contentType).toBe("image/png");
  expect(await typed.text()).toBe("x");
});
