import { mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterAll, expect, it, vi } from "vitest";
import { readReport } from "./test-report.ts";

const folder = mkdtempSync(join(tmpdir(), "test-report-"));
afterAll(() => rmSync(folder, { recursive: true }));

function read(numbers: Record<string, unknown>, options = {}) {
  const file = join(folder, "report.json");
  const none = { numPassedTests: 0, numFailedTests: 0, numPendingTests: 0, numTodoTests: 0 };
  writeFileSync(file, JSON.stringify({ ...none, ...numbers }));
  vi.spyOn(console, "error").mockReturnValue();
  return readReport({ exitedWell: true, maySkip: false, ...options }, file);
}

it("counts what the report says", () => {
  expect(read({ numPassedTests: 7 })).toEqual({ passed: 7, failed: 0, skipped: 0 });
  expect(read({ numPassedTests: 7, numFailedTests: 2 }, { exitedWell: false })).toEqual({
    passed: 7,
    failed: 2,
    skipped: 0,
  });
});

it("fails if no test ran or there is no report", () => {
  expect(read({ numPendingTests: 3 }, { maySkip: true }).failed).toBe(1);
  expect(readReport({ exitedWell: true, maySkip: true }, join(folder, "missing.json")).failed).toBe(1);
});

it("fails if a test was skipped where none may be", () => {
  expect(read({ numPassedTests: 1, numTodoTests: 1 })).toEqual({ passed: 1, failed: 1, skipped: 1 });
  expect(read({ numPassedTests: 1, numPendingTests: 1 }, { maySkip: true })).toEqual({
    passed: 1,
    failed: 0,
    skipped: 1,
  });
});

it("lets CI skip what needs a container engine or systemd, and nothing else", () => {
  const skipped = (title: string) => [{ assertionResults: [{ title, status: "skipped" }] }];
  const one = { numPassedTests: 1, numPendingTests: 1 };
  const testResults = skipped("the image is built (needs a container engine)");
  expect(read({ ...one, testResults })).toEqual({ passed: 1, failed: 0, skipped: 0 });
  expect(read({ ...one, testResults: skipped("the page (needs a browser)") })).toEqual({
    passed: 1,
    failed: 1,
    skipped: 1,
  });
});

it("fails if every test passed but the runner failed", () => {
  expect(read({ numPassedTests: 1 }, { exitedWell: false }).failed).toBe(1);
});
