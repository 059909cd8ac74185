// CSV files, read back by a parser of their own.
import { readdir, readFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import type { RunFact } from "@deepaas/core";
import { expect, onTestFinished, test, vi } from "vitest";
import { each, exportedRun } from "../testing/exported-run.ts";
import { parseCsv } from "../testing/parse-csv.ts";
import { testFolder } from "../testing/test-folder.ts";
import { type ExportedRun, exportRuns } from "./export-runs.ts";

async function csvOf(...runs: readonly ExportedRun[]): Promise<string> {
  const output = join(await testFolder(), "runs.csv");
  expect(await exportRuns(each(runs), { format: "csv", output })).toEqual({ files: [output] });
  return await readFile(output, "utf8");
}

function temporaryFolder(path: string): void {
  for (const name of ["TMPDIR", "TEMP", "TMP"]) vi.stubEnv(name, path);
  onTestFinished(() => void vi.unstubAllEnvs());
}

test("there is one row for each progress event, and one column for each metric of any run", async () => {
  const text = await csvOf(
    exportedRun("a", [
      { type: "queued" },
      { type: "started", attempt: 1 },
      { type: "progress", step: 1, total: 2, metrics: { loss: 0.5 } },
      { type: "lost", reason: "killed" },
      { type: "started", attempt: 2 },
      { type: "progress", step: 1, message: "again" },
      { type: "progress", step: 2, metrics: { acc: "NaN", loss: "-Infinity" } },
      { type: "succeeded", result: null },
    ]),
    exportedRun("b", [{ type: "progress", metrics: { lr: 1e-7 }, message: 'low, "very"' }]),
  );
  expect(text).toBe(
    [
      "run,seq,at,attempt,step,total,loss,acc,lr,message",
      "a,3,2026-01-02T03:04:07.250Z,1,1,2,0.5,,,",
      "a,6,2026-01-02T03:04:10.250Z,2,1,,,,,again",
      "a,7,2026-01-02T03:04:11.250Z,2,2,,-Infinity,NaN,,",
      'b,1,2026-01-02T03:04:05.250Z,,,,,,1e-7,"low, ""very"""',
      "",
    ].join("\r\n"),
  );
});

test("without a metric, and without a run, there is still a header", async () => {
  expect(await csvOf()).toBe("run,seq,at,attempt,step,total,message\r\n");
  expect(await csvOf(exportedRun("a", [{ type: "progress", step: 1 }]))).toBe(
    "run,seq,at,attempt,step,total,message\r\na,1,2026-01-02T03:04:05.250Z,,1,,\r\n",
  );
});

test("each column has a title of its own, which is no formula", async () => {
  const names = ["step", "metric_step", "message", "=1+1", "'=1+1", "a,b", "__proto__"];
  const metrics = JSON.parse(`{${names.map((name, i) => `${JSON.stringify(name)}:${i + 1}`).join(",")}}`);
  const [header = [], row = []] = parseCsv(await csvOf(exportedRun("a", [{ type: "progress", metrics }])));
  expect(header.slice(6)).toEqual([
    "metric_step",
    "metric_metric_step",
    "metric_message",
    "'=1+1",
    "metric_'=1+1",
    "a,b",
    "__proto__",
    "message",
  ]);
  expect(row.slice(6)).toEqual(["1", "2", "3", "4", "5", "6", "7", ""]);
});

test("every cell is read back, also with line breaks of all kinds", async () => {
  const messages = ["a\nb", "c\r\nd", "\u2028e\u2029", "x".repeat(200_000), "😀,\"'", ""];
  const facts: RunFact[] = messages.map((message, i) => ({ type: "progress", message, metrics: { [`m${i}`]: i } }));
  const [header = [], ...rows] = parseCsv(await csvOf(exportedRun("a", facts)));
  expect(rows.map((row) => row.at(-1))).toEqual(messages);
  for (const [i, row] of rows.entries()) {
    expect(row).toHaveLength(header.length);
    expect(row.slice(6, -1)).toEqual(messages.map((_, column) => (column === i ? String(i) : "")));
  }
});

test("nothing is left in the temporary folder", async () => {
  temporaryFolder(await testFolder());
  await csvOf(exportedRun("a", [{ type: "progress", step: 1 }]));
  const files = await readdir(tmpdir(), { recursive: true });
  expect(files.filter((name) => name.includes("export-"))).toEqual([]);
});

test("a temporary folder that cannot be written to is named", async () => {
  const output = join(await testFolder(), "runs.csv");
  temporaryFolder(join(await testFolder(), "none"));
  await expect(exportRuns(each([]), { format: "csv", output })).rejects.toMatchObject({
    code: "failed_precondition",
    message: expect.stringContaining("none"),
    hint: expect.stringContaining("TMPDIR"),
  });
});
