// The executor suite over child processes.
import { fileURLToPath } from "node:url";
import { executorRequirements, executorSuite, uncited } from "@deepaas/conformance";
import { describe, expect, test } from "vitest";
import { workers } from "./workers.ts";
import type { WorkersOptions } from "./workers-options.ts";

const pathOf = (name: string) => fileURLToPath(import.meta.resolve(`@deepaas/conformance/models/${name}`));

const suiteWith = (options: WorkersOptions) =>
  executorSuite(async ({ models }) => {
    const modules = Object.fromEntries(Object.keys(models).map((name) => [name, pathOf(name)]));
    const executor = workers({ modules, ...options });
    return { executor, close: () => executor.close() };
  });

// Each has processes of its own, and waits for them most of its time: so they run beside each other.
describe.concurrent("workers of their own for predicts and trainings", () => {
  // Two where it matters that there is another one; else one, since starting them is what takes time.
  const matters = /^(warm|predict\.at-once|stream|refresh|close)/;
  const two = suiteWith({ predict: 2, train: 1 }).filter(({ cites }) => cites.some((id) => matters.test(id)));
  const one = suiteWith({ predict: 1, train: 1 }).filter(({ cites }) => !cites.some((id) => matters.test(id)));
  for (const { title, skip, run } of [...two, ...one]) test.skipIf(skip)(title, run);
});

// What is the same whether trainings have workers of their own is asked once, above.
describe.concurrent("one shared worker", () => {
  const all = suiteWith({ shared: true, predict: 1, callsPerWorker: 4 });
  const suite = all.filter(({ cites }) => cites.some((id) => /^(train|refresh|warm|close)\./.test(id)));
  for (const { title, skip, run } of suite) test.skipIf(skip)(title, run);
});

test("every requirement of an executor is cited", () => {
  expect(uncited(suiteWith({}), executorRequirements)).toEqual([]);
});
