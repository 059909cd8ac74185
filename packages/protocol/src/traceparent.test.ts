import { expect, test } from "vitest";
import { isTraceparent } from "./traceparent.ts";

const sound = "00-4bf92f3577b34da6a3ce929d0e0e4736-00f067aa0ba902b7-01";

test.each([sound, sound.replace("00-", "cc-"), `${sound}-more`])("%s can be handed on", (value) => {
  expect(isTraceparent(value)).toBe(true);
});

test.each([
  ["nothing", undefined],
  ["no text", 7],
  ["a line break behind it", `${sound}\n`],
  ["the forbidden version", sound.replace("00-", "ff-")],
  ["no trace", sound.replace("4bf92f3577b34da6a3ce929d0e0e4736", "0".repeat(32))],
  ["no parent", sound.replace("00f067aa0ba902b7", "0".repeat(16))],
  ["capitals", sound.toUpperCase()],
  ["too much behind it", `${sound}-${"x".repeat(201)}`],
])("%s cannot", (_, value) => {
  expect(isTraceparent(value)).toBe(false);
});
