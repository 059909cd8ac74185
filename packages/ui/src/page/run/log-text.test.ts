import type { RunEvent } from "@deepaas/core";
import { expect, test } from "vitest";
import { levelOf, matches, textOf } from "./log-text.ts";

const at = "2025-01-01T00:00:00.000Z";
const info: RunEvent = { seq: 1, at, type: "log", level: "info", text: "Epoch 3" };

test.each<[RunEvent, string, string]>([
  [{ seq: 1, at, type: "started", attempt: 2 }, "event", "attempt 2 started"],
  [{ seq: 1, at, type: "lost", reason: "The server died." }, "event", "lost: The server died."],
  [{ seq: 1, at, type: "stopping" }, "event", "stopping"],
  [{ seq: 1, at, type: "checkpoint", step: 1_000 }, "event", "checkpoint of step 1,000"],
  [
    { seq: 1, at, type: "artifact", name: "a.png", size: 2_048, contentType: "image/png" },
    "event",
    "artifact a.png, 2.0 KiB",
  ],
  [{ seq: 1, at, type: "failed", error: { code: "internal", message: "No." } }, "error", "failed: No."],
  [info, "info", "Epoch 3"],
])("%o is a line", (event, level, text) => {
  expect([levelOf(event), textOf(event)]).toEqual([level, text]);
});

test("a line matches by its level and by a part of its text", () => {
  expect(matches(info, "debug", "epoch")).toBe(true);
  expect(matches(info, "debug", "loss")).toBe(false);
  expect(matches(info, "warning", "")).toBe(false);
});
