// The small files are valid: their signatures, sizes and checksums.
import { crc32, inflateSync } from "node:zlib";
import { expect, test } from "vitest";
import { smallFile } from "./small-file.ts";

const bytesOf = async (contentMediaType: string) => Buffer.from(await smallFile("f", { contentMediaType }).bytes());

test("a PNG has one pixel, and the checksum of every chunk is right", async () => {
  const png = await bytesOf("image/png");
  expect(png.subarray(1, 4).toString()).toBe("PNG");
  expect([png.readUInt32BE(16), png.readUInt32BE(20)]).toEqual([1, 1]);
  const types: string[] = [];
  for (let at = 8; at < png.length; ) {
    const size = png.readUInt32BE(at);
    const body = png.subarray(at + 4, at + 8 + size);
    const type = body.toString("latin1", 0, 4);
    expect(png.readUInt32BE(at + 8 + size)).toBe(crc32(body));
    // The kind of filter, and three colours.
    if (type === "IDAT") expect(inflateSync(body.subarray(4)).length).toBe(4);
    types.push(type);
    at += size + 12;
  }
  expect(types).toEqual(["IHDR", "IDAT", "IEND"]);
});

test("a WAV says how long it is", async () => {
  const wav = await bytesOf("audio/wav");
  expect([wav.toString("latin1", 0, 4), wav.toString("latin1", 8, 12)]).toEqual(["RIFF", "WAVE"]);
  expect([wav.readUInt32LE(4) + 8, wav.readUInt32LE(40) + 44]).toEqual([wav.length, wav.length]);
});

test("a bitmap says how long it is", async () => {
  const bitmap = await bytesOf("image/bmp");
  expect([bitmap.toString("latin1", 0, 2), bitmap.readUInt32LE(2)]).toEqual(["BM", bitmap.length]);
});

test.each([
  ["image/gif", "GIF89a"],
  ["application/json", "{}"],
  ["text/csv", "a,b"],
  ["application/zip", "PK"],
  ["image/png; q=1, image/jpeg", "\u0089PNG"],
  ["application/x-of-its-own", "text"],
])("a file of type %s begins with %s", async (type, start) => {
  expect((await bytesOf(type)).toString("latin1").startsWith(start)).toBe(true);
});
