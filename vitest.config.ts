import { existsSync, readdirSync } from "node:fs";
import { join } from "node:path";
import { defineConfig } from "vitest/config";

/** One project per package and example, so that a failure names its folder. Other packages are imported as built. */
const folders = ["packages", "examples"].flatMap((parent) => readdirSync(parent).map((name) => `${parent}/${name}`));
const units = [...folders, "scripts", "test"].map((root) => ({
  extends: true as const,
  test: {
    name: root,
    root,
    include: ["**/*.test.ts"],
    // The tests of the templates are for the runner of Node.js: templates.test.ts of the cli runs them.
    exclude: ["**/node_modules/**", "**/dist/**", "templates/**"],
    // Starts a server once for all test files of the package.
    globalSetup: [join(import.meta.dirname, root, "src/testing/global-setup.ts")].filter((file) => existsSync(file)),
  },
}));

/** The tests of the REST adapter once more, with all predicts through Koa. */
const throughKoa = {
  extends: true as const,
  test: {
    name: "packages/koa, through Koa",
    root: "packages/koa",
    include: ["**/*.test.ts"],
    env: { DEEPAAS_TEST_DIRECT_PREDICT: "false" },
  },
};

/** `expectTypeOf` in the `*.test-d.ts` files: one compiler run that reads only these files and what they import. */
const types = {
  extends: true as const,
  test: {
    name: "types",
    include: [],
    typecheck: {
      enabled: true,
      only: true,
      checker: "tsc",
      tsconfig: "tsconfig.types.json",
      include: ["packages/*/src/**/*.test-d.ts"],
    },
  },
};

export default defineConfig({
  test: {
    // vitest leaves one core free, of two. Most tests wait for processes and sockets.
    maxWorkers: "100%",
    // Real processes and sockets on a slow machine: a limit against hanging, not a measurement.
    testTimeout: 60_000,
    hookTimeout: 60_000,
    expect: { poll: { timeout: 15_000 } },
    reporters: ["default", ["json", { outputFile: "reports/vitest.json" }]],
    projects: [...units, throughKoa, types],
  },
});
