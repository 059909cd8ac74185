// How pieces become chunks.
import { expect, test } from "vitest";
import { ChunkWriter } from "./chunk-writer.ts";

test("pieces arrive in their order, in large chunks, and the next one waits", async () => {
  const chunks: Uint8Array[] = [];
  let isWriting = false;
  const writer = new ChunkWriter(async (chunk) => {
    expect(isWriting).toBe(false);
    isWriting = true;
    await new Promise(setImmediate);
    chunks.push(chunk);
    isWriting = false;
  });
  const pieces = Array.from({ length: 5_000 }, (_, i) => (i % 2 === 0 ? `é${i}`.repeat(20) : Buffer.from(`${i};`)));
  for (const piece of pieces) await writer.write(piece);
  await writer.flush();
  expect(Buffer.concat(chunks)).toEqual(Buffer.concat(pieces.map((piece) => Buffer.from(piece))));
  expect(chunks.length).toBeLessThan(20);
});

test("a piece after a pause is written at once", async () => {
  const chunks: string[] = [];
  const writer = new ChunkWriter(async (chunk) => void chunks.push(Buffer.from(chunk).toString()));
  await writer.write("a");
  expect(chunks).toEqual([]);
  await new Promise((resolve) => setTimeout(resolve, 250));
  await writer.write("b");
  expect(chunks).toEqual(["ab"]);
});

test("nothing is written if nothing was given, and an error is passed on", async () => {
  const writer = new ChunkWriter(() => Promise.reject(new Error("full")));
  await writer.flush();
  await writer.write("a");
  await expect(writer.flush()).rejects.toThrow("full");
});
