/**
 * Everything that must hold before a change is merged: `npm run check`, or `npm run check -- types lint` for some of it.
 * All checks run, whatever fails. The last line counts the tests, from vitest's report, and the other checks, one each.
 */
import { spawnSync } from "node:child_process";
import { rmSync } from "node:fs";
import { readReport, reportFile } from "./test-report.ts";

// Biome takes CI for a terminal with colours, whatever NO_COLOR says.
const colors = process.env.NO_COLOR ? " --colors=off" : "";

const checks: Readonly<Record<string, string>> = {
  build: "npm run build",
  types: "tsc -p tsconfig.tests.json && tsc -p packages/ui/tsconfig.page.json && tsc -p test/ui",
  lint: `biome ci --error-on-warnings --diagnostic-level=warn${colors}`,
  promises: "oxlint",
  unused: "knip",
  packages: "node scripts/check-packages.ts",
  sbom: "node scripts/make-sbom.ts",
  workspace: "node scripts/check-workspace.ts",
  docs: "node scripts/check-docs.ts",
  text: "node scripts/check-text.ts",
  tests: "npm test",
};

const named = process.argv.slice(2);
const unknown = named.filter((name) => !Object.hasOwn(checks, name));
if (unknown.length > 0) {
  console.error(`No check is named ${unknown.join(", ")}; there are ${Object.keys(checks).join(", ")}.`);
  process.exit(2);
}

const total = { passed: 0, failed: 0, skipped: 0 };
for (const [name, command] of Object.entries(checks)) {
  if (named.length > 0 && !named.includes(name)) continue;
  console.log(`\n== ${name}: ${command}`);
  const started = performance.now();
  if (name === "tests") rmSync(reportFile, { force: true });
  const passed = spawnSync(command, { shell: true, stdio: ["ignore", "inherit", "inherit"] }).status === 0;
  const counts = name === "tests" ? readReport({ exitedWell: passed, maySkip: !process.env.CI }) : oneCheck(passed);
  total.passed += counts.passed;
  total.failed += counts.failed;
  total.skipped += counts.skipped;
  const seconds = ((performance.now() - started) / 1000).toFixed(1);
  console.log(`-- ${name}: ${counts.failed === 0 ? "passed" : "FAILED"} in ${seconds} s`);
}

function oneCheck(passed: boolean) {
  return { passed: passed ? 1 : 0, failed: passed ? 0 : 1, skipped: 0 };
}

const skipped = total.skipped > 0 ? `, ${total.skipped} skipped` : "";
console.log(`\n${total.passed} passed, ${total.failed} failed${skipped}`);
process.exitCode = total.failed === 0 ? 0 : 1;
