import { expect, test } from "vitest";
import { encodeFrame, type Frame, frameReader } from "./frames.ts";

const messages = [{ a: "ä".repeat(500) }, {}, { b: [1, null] }];
const bytes = Buffer.concat(messages.map((message, i) => encodeFrame(message, [new Uint8Array(i * 300).fill(i)])));

test("frames are decoded as they were encoded, however the pipe splits them", () => {
  for (const size of [1, 7, 8, 9, 1000, bytes.length]) {
    const frames: Frame[] = [];
    const read = frameReader((frame) => frames.push(frame));
    for (let at = 0; at < bytes.length; at += size) read(bytes.subarray(at, at + size));
    expect(frames.map(({ header }) => header)).toEqual(messages);
    expect(frames.map(({ attached }) => [attached.length, attached.every((byte) => byte === attached[0])])).toEqual([
      [0, true],
      [300, true],
      [600, true],
    ]);
  }
});

test("bytes that are not a frame are refused", () => {
  const read = frameReader(() => {});
  expect(() => read(Buffer.from("this is text and not a frame"))).toThrow();
  expect(() => frameReader(() => {})(Buffer.from("\0\0\0\x01\0\0\0\0{"))).toThrow();
});
