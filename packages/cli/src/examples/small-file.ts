// Small valid files for arguments that are files.
import { crc32, deflateSync } from "node:zlib";
import { type JsonObject, type ModelFile, modelFile } from "@deepaas/core";

const makers: ReadonlyMap<string, () => Uint8Array> = new Map([
  ["image/png", png],
  ["image/gif", () => Buffer.from("R0lGODlhAQABAIAAAAAAAP///yH5BAEAAAAALAAAAAABAAEAAAIBRAA7", "base64")],
  ["image/svg+xml", () => Buffer.from('<svg xmlns="http://www.w3.org/2000/svg" width="1" height="1"/>\n')],
  ["image/bmp", bmp],
  ["audio/wav", wav],
  ["application/json", () => Buffer.from("{}\n")],
  ["text/csv", () => Buffer.from("a,b\n1,2\n")],
  ["text/html", () => Buffer.from("<!doctype html><title>text</title>\n")],
  ["application/xml", () => Buffer.from("<text/>\n")],
  // An archive without files.
  ["application/zip", () => Buffer.from(`504b0506${"00".repeat(18)}`, "hex")],
]);
const text = () => Buffer.from("text\n");
const namesOfTypes: readonly (readonly [RegExp, string])[] = [
  [/image|img|photo|picture|png/i, "image/png"],
  [/audio|sound|wav|speech|voice/i, "audio/wav"],
  [/csv|table/i, "text/csv"],
  [/json/i, "application/json"],
];

/** Returns a file of the media type that the schema names as `contentMediaType`, else of one that the name suggests, else a text. */
export function smallFile(name: string, { contentMediaType }: JsonObject): ModelFile {
  const stated = typeof contentMediaType === "string" ? contentMediaType.split(/[;,]/, 1)[0]?.trim() : undefined;
  const type = stated ? typeFor(stated) : (namesOfTypes.find(([words]) => words.test(name))?.[1] ?? "text/plain");
  const bytes = (makers.get(type) ?? text)();
  return modelFile(bytes, { contentType: type, originalFilename: `example.${extensionOf(type)}` });
}

/** Of several types, such as `image/*`, the one that can be made. */
function typeFor(stated: string): string {
  const [start, end] = stated.toLowerCase().split("/");
  if (end !== "*") return stated.toLowerCase();
  return [...makers.keys()].find((one) => one.startsWith(`${start}/`)) ?? "text/plain";
}

function extensionOf(type: string): string {
  const [, end = ""] = type.split("/");
  return type === "text/plain" ? "txt" : (/^[a-z\d]+/.exec(end)?.[0] ?? "bin");
}

/** One black pixel. */
function png(): Uint8Array {
  const header = Buffer.alloc(13);
  header.writeUInt32BE(1, 0);
  header.writeUInt32BE(1, 4);
  // 8 bits of each of red, green and blue.
  header.set([8, 2], 8);
  const signature = Buffer.from([0x89, 0x50, 0x4e, 0x47, 0x0d, 0x0a, 0x1a, 0x0a]);
  const parts = [chunk("IHDR", header), chunk("IDAT", deflateSync(Buffer.alloc(4))), chunk("IEND", Buffer.alloc(0))];
  return Buffer.concat([signature, ...parts]);
}

function chunk(type: string, data: Buffer): Buffer {
  const body = Buffer.concat([Buffer.from(type), data]);
  const whole = Buffer.alloc(body.length + 8);
  whole.writeUInt32BE(data.length, 0);
  whole.set(body, 4);
  whole.writeUInt32BE(crc32(body), body.length + 4);
  return whole;
}

/** One black pixel of 24 bits, in a row of 4 bytes. */
function bmp(): Uint8Array {
  const bytes = Buffer.alloc(58);
  bytes.write("BM");
  bytes.writeUInt32LE(bytes.length, 2);
  bytes.writeUInt32LE(54, 10);
  bytes.writeUInt32LE(40, 14);
  bytes.writeInt32LE(1, 18);
  bytes.writeInt32LE(1, 22);
  bytes.writeUInt16LE(1, 26);
  bytes.writeUInt16LE(24, 28);
  bytes.writeUInt32LE(4, 34);
  return bytes;
}

/** A tenth of a second of silence: one channel, 16 bits, 8,000 samples a second. */
function wav(): Uint8Array {
  const samples = Buffer.alloc(1_600);
  const header = Buffer.alloc(44);
  header.write("RIFF");
  header.writeUInt32LE(36 + samples.length, 4);
  header.write("WAVEfmt ", 8);
  header.writeUInt32LE(16, 16);
  header.writeUInt16LE(1, 20);
  header.writeUInt16LE(1, 22);
  header.writeUInt32LE(8_000, 24);
  header.writeUInt32LE(16_000, 28);
  header.writeUInt16LE(2, 32);
  header.writeUInt16LE(16, 34);
  header.write("data", 36);
  header.writeUInt32LE(samples.length, 40);
  return Buffer.concat([header, samples]);
}
