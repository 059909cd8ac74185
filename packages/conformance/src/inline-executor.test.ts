// The executor suite over the executor of this process.
import { type Model, silentLogger } from "@deepaas/core";
import { inlineExecutor } from "@deepaas/core/ports";
import { expect, test } from "vitest";
import { executorSuite } from "./executor/executor-suite.ts";
import { executorRequirements } from "./executor/requirements.ts";
import { uncited } from "./suite.ts";

const lacks = {
  kill: "work in this very thread cannot be killed",
  processes: "there is no process but this one",
};

const suite = executorSuite(
  async ({ models }) => {
    const executor = inlineExecutor({ models: models as Record<string, Model>, logger: silentLogger });
    return { executor, close: () => executor.close() };
  },
  { lacks },
);

for (const { title, skip, run } of suite) {
  if (skip === undefined) test(title, run);
}

test("every requirement of an executor is cited", () => {
  expect(uncited(suite, executorRequirements)).toEqual([]);
});

test("what this executor cannot do is skipped, with the reason", () => {
  expect(suite.flatMap(({ skip }) => skip ?? [])).toEqual([lacks.kill, lacks.processes]);
});
