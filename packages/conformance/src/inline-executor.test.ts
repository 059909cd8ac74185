// The executor suite over the inline executor.
import { type Model, silentLogger } from "@deepaas/core";
import { inlineExecutor } from "@deepaas/core/ports";
import { expect, test } from "vitest";
import { executorSuite } from "./executor/executor-suite.ts";
import { executorRequirements } from "./executor/requirements.ts";
import { uncited } from "./suite.ts";

// #region executor
const lacks = {
  kill: "work in the same thread cannot be killed",
  processes: "models run in the process of the host",
  reload: "a module cannot be unloaded",
};

const suite = executorSuite(
  async ({ models }) => {
    const executor = inlineExecutor({ models: models as Record<string, Model>, logger: silentLogger });
    return { executor, close: () => executor.close() };
  },
  { lacks },
);
// #endregion executor

for (const { title, skip, run } of suite) {
  if (skip === undefined) test(title, run);
}

test("every requirement of an executor is cited", () => {
  expect(uncited(suite, executorRequirements)).toEqual([]);
});

test("cases that the inline executor cannot pass are skipped with a reason", () => {
  expect(suite.flatMap(({ skip }) => skip ?? [])).toEqual([
    lacks.kill,
    lacks.processes,
    ...Array(4).fill(lacks.reload),
    ...Array(3).fill(lacks.processes),
  ]);
});
