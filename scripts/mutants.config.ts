/** The tests of one package, for mutants.ts. */
import { defineConfig } from "vitest/config";

const name = process.env.MUTANTS_PACKAGE ?? "";
/** Tests that start processes need more time; a test of another package that takes longer hangs. */
const hangsAfterMs = ["cli", "koa", "sqlite", "workers"].includes(name) ? 20_000 : 3_000;

export default defineConfig({
  test: {
    include: [`packages/${name}/src/**/*.test.ts`],
    // One process for all files: most of the time is otherwise spent starting them. The hooks of koa are those of each file.
    isolate: name === "koa",
    testTimeout: hangsAfterMs,
    expect: { poll: { timeout: hangsAfterMs } },
  },
});
