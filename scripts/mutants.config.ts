/** The tests of one package, for mutants.ts. */
import { defineConfig } from "vitest/config";

const name = process.env.MUTANTS_PACKAGE ?? "";
/** Tests that start processes need more time; a test of another package that takes longer hangs. */
const hangsAfterMs = ["cli", "koa", "sqlite", "workers"].includes(name) ? 20_000 : 3_000;

export default defineConfig({
  test: {
    include: [`packages/${name}/src/**/*.test.ts`],
    // One process for all files: most of the time is otherwise spent starting them. Some files mock modules, or have hooks of their own.
    isolate: ["cli", "koa", "workers"].includes(name),
    testTimeout: hangsAfterMs,
    expect: { poll: { timeout: hangsAfterMs } },
  },
});
