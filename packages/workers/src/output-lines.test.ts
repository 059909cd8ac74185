import { afterEach, beforeEach, expect, test, vi } from "vitest";
import { outputLines } from "./output-lines.ts";

beforeEach(() => vi.useFakeTimers());
afterEach(() => vi.useRealTimers());

function collect(maxPerSecond: number) {
  const seen: (string | number)[] = [];
  const sink = { line: (text: string) => seen.push(text), dropped: (count: number) => seen.push(count) };
  return { seen, lines: outputLines(sink, maxPerSecond) };
}

test("lines are complete however the pipe splits them; flush passes the last one", () => {
  const { seen, lines } = collect(100);
  const bytes = Buffer.from("one\r\ntw\u00f6\n\nlast");
  for (const byte of bytes) lines.write(Buffer.of(byte));
  expect(seen).toEqual(["one", "tw\u00f6", ""]);
  lines.flush();
  expect(seen).toEqual(["one", "tw\u00f6", "", "last"]);
});

test("lines beyond the limit of a second are counted when it has passed", () => {
  const { seen, lines } = collect(2);
  lines.write(Buffer.from("1\n2\n3\n4\n"));
  expect(seen).toEqual(["1", "2"]);
  vi.advanceTimersByTime(999);
  expect(seen).toEqual(["1", "2"]);
  vi.advanceTimersByTime(1);
  expect(seen).toEqual(["1", "2", 2]);
  lines.write(Buffer.from("5\n"));
  vi.advanceTimersByTime(1_000);
  expect(seen).toEqual(["1", "2", 2, "5"]);
});

test("a line without an end is cut at 16,384 characters", () => {
  const { seen, lines } = collect(100);
  lines.write(Buffer.from("x".repeat(16_385)));
  expect(seen).toEqual(["x".repeat(16_384)]);
  lines.flush();
  expect(seen).toHaveLength(1);
});
