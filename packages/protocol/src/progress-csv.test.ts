import type { MetricValue } from "@deepaas/core";
import { expect, test } from "vitest";
import { ProgressCsv } from "./progress-csv.ts";

const at = "2025-01-01T00:00:00.000Z";
const report = (seq: number, metrics?: Record<string, MetricValue>, message?: string) =>
  ({ seq, at, type: "progress", step: seq, ...(metrics && { metrics }), ...(message && { message }) }) as const;

test("a metric that is first reported later has a column, empty until then", () => {
  const csv = new ProgressCsv();
  const rows = [
    csv.row("r", report(2), undefined),
    csv.row("r", report(3, { loss: 0.5 }), 1),
    csv.row("r", report(4, { step: 1, loss: "NaN" }, "a,b"), 1),
  ];
  expect([csv.header(), ...rows.map((row) => csv.line(row))]).toEqual([
    "run,seq,at,attempt,step,total,loss,metric_step,message\r\n",
    `r,2,${at},,2,,,,\r\n`,
    `r,3,${at},1,3,,0.5,,\r\n`,
    `r,4,${at},1,4,,NaN,1,"a,b"\r\n`,
  ]);
});
