/** What vitest's JSON report says, as counts. A run that proves nothing counts as a failure. */
import { existsSync, readFileSync } from "node:fs";

export const reportFile = "reports/vitest.json";

export interface Counts {
  readonly passed: number;
  readonly failed: number;
  readonly skipped: number;
}

/** How the titles of tests end that CI may skip, too. They are printed. */
const skippedInCi = ["(needs a container engine)", "(needs systemd-analyze)"];

interface Report {
  readonly numPassedTests: number;
  readonly numFailedTests: number;
  readonly numPendingTests: number;
  readonly numTodoTests: number;
  readonly testResults?: readonly {
    readonly assertionResults: readonly { readonly title: string; readonly status: string }[];
  }[];
}

/** `exitedWell`: the command ended with 0; `maySkip`: a skipped test is allowed, as it is outside CI. */
export function readReport(
  { exitedWell, maySkip }: { exitedWell: boolean; maySkip: boolean },
  file = reportFile,
): Counts {
  const nothing = { passed: 0, failed: 1, skipped: 0 };
  if (!existsSync(file)) return explained("there is no test report", nothing);
  const report = JSON.parse(readFileSync(file, "utf8")) as Report;
  const passed = Number(report.numPassedTests);
  const failed = Number(report.numFailedTests);
  const allowed = maySkip ? [] : titlesSkippedInCi(report);
  for (const title of allowed) console.error(`tests: skipped: ${title}`);
  const skipped = Number(report.numPendingTests) + Number(report.numTodoTests) - allowed.length;
  if (!(passed + failed > 0)) return explained("no test ran", nothing);
  if (skipped > 0 && !maySkip) return explained("CI skips no test", { passed, failed: failed + 1, skipped });
  if (failed === 0 && !exitedWell) return explained("no test failed, but the run did", { passed, failed: 1, skipped });
  return { passed, failed, skipped };
}

function titlesSkippedInCi({ testResults = [] }: Report): readonly string[] {
  const skipped = testResults
    .flatMap(({ assertionResults }) => assertionResults)
    .filter(({ status }) => status !== "passed" && status !== "failed");
  return skipped.map(({ title }) => title).filter((title) => skippedInCi.some((end) => title.endsWith(end)));
}

function explained(reason: string, counts: Counts): Counts {
  console.error(`tests: ${reason}`);
  return counts;
}
