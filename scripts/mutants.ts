/**
 * npm run mutants -- <package> [<part>...]: puts faults into the parts of a package where a fault costs most, one at a time
 * (StrykerJS), and lists those that no test of the package notices. `npm run mutants -- core runs/watch` tries one part. Where
 * tests start servers or processes, as in koa and workers, it takes an hour.
 */
import { Stryker } from "@stryker-mutator/core";

const partsOf: Readonly<Record<string, readonly string[]>> = {
  core: ["predict/scheduler", "runs/watch", "runs/attempts", "runs/reporter"],
  workers: ["process", "calls", "slot"],
  protocol: ["rpc/rpc-channel"],
  ws: ["rpc/rpc-connection"],
  client: [
    "keep-watching",
    "ws/connect-ws",
    "ws/pending-call",
    "ws/ws-connection",
    "ws/ws-link",
    "connect-rest",
    "connected-service",
  ],
  koa: ["request/multipart", "request/part-header"],
  sqlite: ["write-queue", "directory-blobs", "run-blobs"],
  cli: ["arriving-bodies", "end-on-signals", "run-command", "shut-down"],
};

const [name = "", ...named] = process.argv.slice(2);
const known = Object.hasOwn(partsOf, name) ? (partsOf[name] as readonly string[]) : undefined;
if (!known) {
  console.error(`mutants: the first argument is one of ${Object.keys(partsOf).join(", ")}.`);
  process.exit(2);
}
const unknown = named.filter((part) => !known.includes(part));
if (unknown.length > 0) {
  console.error(`mutants: ${name} has no part ${unknown.join(", ")}; its parts are ${known.join(", ")}.`);
  process.exit(2);
}

// Read by mutants.config.ts.
process.env.MUTANTS_PACKAGE = name;
// Stryker works on a copy of the repository; other packages are those that were built.
const stryker = new Stryker({
  mutate: (named.length > 0 ? named : known).map((part) => `packages/${name}/src/${part}.ts`),
  testRunner: "vitest",
  plugins: ["@stryker-mutator/vitest-runner"],
  vitest: { configFile: "scripts/mutants.config.ts", related: false, pool: "forks" },
  coverageAnalysis: "perTest",
  // Most strings are messages, whose words no test repeats.
  mutator: { excludedMutations: ["StringLiteral"] },
  // One at a time: the tests start processes of their own.
  concurrency: 1,
  timeoutMS: 5_000,
  ignorePatterns: ["/packages/*/dist/**/*.map", "/reports", "/.turbo", "/tools"],
  tempDirName: ".stryker-tmp",
  cleanTempDir: "always",
  reporters: ["progress-append-only", "clear-text", "html"],
  htmlReporter: { fileName: `reports/mutants/${name}.html` },
  clearTextReporter: { allowColor: false, allowEmojis: false, logTests: false, reportTests: false },
  thresholds: { high: 95, low: 85, break: 85 },
  allowConsoleColors: false,
});
try {
  await stryker.runMutationTest();
} catch {
  // Stryker has printed the cause.
  process.exitCode = 1;
}
