import { expect, test } from "vitest";
import { csvOf, jsonLinesOf } from "./export-runs.ts";

const at = "2025-01-01T00:00:00.000Z";

test("the files have the rows of all runs", () => {
  const logs = ["r1", "r2"].map((id, i) => ({
    run: { id },
    events: [
      { seq: 1, at, type: "started", attempt: i + 1 },
      { seq: 2, at, type: "progress", step: 1, metrics: { [i === 0 ? "loss" : "acc"]: 0.5 } },
    ] as const,
  }));
  expect(csvOf(logs)).toBe(
    `run,seq,at,attempt,step,total,loss,acc,message\r\nr1,2,${at},1,1,,0.5,,\r\nr2,2,${at},2,1,,,0.5,\r\n`,
  );
  const lines = jsonLinesOf(logs).trimEnd().split("\n");
  expect(lines.map((line) => (JSON.parse(line) as { run: string }).run)).toEqual(["r1", "r1", "r2", "r2"]);
});
