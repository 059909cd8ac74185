import type { RunEvent } from "@deepaas/core";
import { describe, expect, test } from "vitest";
import { LogBuffer } from "./log-buffer.ts";
import { lineOf, logLevels, matches } from "./log-lines.ts";

const at = "2025-01-01T00:00:00.000Z";
const log = (seq: number, text = `line ${seq}`): RunEvent => ({ seq, at, type: "log", level: "info", text });

test.each<[RunEvent, string, string]>([
  [{ seq: 1, at, type: "started", attempt: 2 }, "event", "attempt 2 started"],
  [{ seq: 1, at, type: "lost", reason: "The server died." }, "event", "attempt lost: The server died."],
  [{ seq: 1, at, type: "stopping" }, "event", "stopping"],
  [{ seq: 1, at, type: "checkpoint", step: 1_000 }, "event", "checkpoint of step 1,000"],
  [
    { seq: 1, at, type: "artifact", name: "a.png", size: 2_048, contentType: "image/png" },
    "event",
    "artifact a.png, 2.0 KiB",
  ],
  [{ seq: 1, at, type: "published" }, "event", "weights published"],
  [{ seq: 1, at, type: "failed", error: { code: "internal", message: "No." } }, "error", "failed: No."],
  [log(1), "info", "line 1"],
])("%o is a line", (event, level, text) => {
  expect(lineOf(event)).toMatchObject({ level, text });
});

test("a report is no line", () => {
  expect(lineOf({ seq: 1, at, type: "progress" })).toBeUndefined();
});

test("a line matches by its level and by a part of its text", () => {
  const line = { seq: 1, at, level: "info", text: "Epoch 3" } as const;
  expect(matches(line, { levels: new Set(logLevels), search: "epoch" })).toBe(true);
  expect(matches(line, { levels: new Set(logLevels), search: "loss" })).toBe(false);
  expect(matches(line, { levels: new Set(["error"]), search: "" })).toBe(false);
});

describe("the buffer", () => {
  test("has earlier events in front, and tells when there are no more", () => {
    const buffer = new LogBuffer();
    buffer.reset(1, 10);
    buffer.add(log(11));
    expect(buffer.hasEarlier).toBe(true);
    const earlier = new LogBuffer();
    for (const event of [log(6), { seq: 7, at, type: "checkpoint", step: 5 }, log(10)] as const) earlier.add(event);
    buffer.addEarlier(earlier, 5);
    expect(buffer.lines.map(({ seq }) => seq)).toEqual([6, 7, 10, 11]);
    expect(buffer.checkpoints).toEqual([{ step: 5, at }]);
    expect(buffer.hasEarlier).toBe(true);
    buffer.addEarlier(new LogBuffer(), 0);
    expect(buffer.hasEarlier).toBe(false);
  });

  test("drops the oldest lines of a long log; they can be loaded again", () => {
    const buffer = new LogBuffer();
    buffer.reset(1, 0);
    for (let seq = 1; seq <= 100_000; seq++) buffer.add(log(seq));
    expect(buffer.lines.length).toBeLessThanOrEqual(20_000);
    expect(buffer.lines.at(-1)?.seq).toBe(100_000);
    expect(buffer.lines[0]?.seq).toBe(buffer.before + 1);
    expect(buffer.hasEarlier).toBe(true);
  });
});
