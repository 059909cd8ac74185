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

test("of a progress bar the newest line is passed on once a second, and the last one", () => {
  const { seen, lines } = collect(100);
  for (let i = 0; i <= 30; i++) {
    lines.write(Buffer.from(`\r${i} %`));
    vi.advanceTimersByTime(100);
  }
  lines.write(Buffer.from("\r100 %\nafter\n"));
  expect(seen).toEqual(["0 %", "9 %", "19 %", "29 %", "100 %", "after"]);
  lines.flush();
  expect(seen).toHaveLength(6);
});

test("a progress bar of one write is its last line; carriage returns before a line end are none", () => {
  const { seen, lines } = collect(100);
  lines.write(Buffer.from(`${Array.from({ length: 500 }, (_, i) => `${i} %`).join("\r")}\nnext\r`));
  lines.write(Buffer.from("\n"));
  expect(seen).toEqual(["499 %", "next"]);
});

test("flush passes the newest line of a bar that never ended", () => {
  const { seen, lines } = collect(100);
  for (const text of ["1 %\r", "2 %\r", "3 %\r"]) lines.write(Buffer.from(text));
  lines.flush();
  expect(seen).toEqual(["1 %", "3 %"]);
  expect(vi.getTimerCount()).toBe(1);
});
