import { readdirSync } from "node:fs";
import { defineConfig } from "vitest/config";

/** One project per package and example, so that a failure names its folder. Other packages are imported as built. */
const folders = ["packages", "examples"].flatMap((parent) => readdirSync(parent).map((name) => `${parent}/${name}`));
const units = [...folders, "scripts", "test"].map((root) => ({
  extends: true as const,
  test: { name: root, root, include: ["**/*.test.ts"] },
}));

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
    // Real processes and sockets on a slow machine: a limit against hanging, not a measurement.
    testTimeout: 20_000,
    hookTimeout: 30_000,
    expect: { poll: { timeout: 15_000 } },
    reporters: ["default", ["json", { outputFile: "reports/vitest.json" }]],
    projects: [...units, types],
  },
});
