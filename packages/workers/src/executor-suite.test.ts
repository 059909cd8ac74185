// The executor suite, run over child processes.
import { fileURLToPath } from "node:url";
import { executorRequirements, executorSuite, uncited } from "@deepaas/conformance";
import { describe, expect, test } from "vitest";
import type { WorkersOptions } from "./options.ts";
import { workers } from "./workers.ts";

const pathOf = (name: string) => fileURLToPath(import.meta.resolve(`@deepaas/conformance/models/${name}`));

const suiteWith = (options: WorkersOptions) =>
  executorSuite(async ({ models }) => {
    const modules = Object.fromEntries(Object.keys(models).map((name) => [name, pathOf(name)]));
    const executor = workers({ modules, ...options });
    return { executor, close: () => executor.close() };
  });

// Each case has its own processes and mostly waits for them, so they run concurrently.
describe.concurrent("separate workers for predicts and trainings", () => {
  // Two workers where a case needs more than one; else one, because starting them takes most of the time.
  const matters = /^(warm|predict\.at-once|stream|refresh|close)/;
  const two = suiteWith({ predict: 2, train: 1 }).filter(({ cites }) => cites.some((id) => matters.test(id)));
  const one = suiteWith({ predict: 1, train: 1 }).filter(({ cites }) => !cites.some((id) => matters.test(id)));
  for (const { title, skip, run } of [...two, ...one]) test.skipIf(skip)(title, run);
});

// Only the cases that differ if trainings share the workers.
describe.concurrent("one shared worker", () => {
  const all = suiteWith({ shared: true, predict: 1, callsPerWorker: 4 });
  const suite = all.filter(({ cites }) => cites.some((id) => /^(train|refresh|code|warm|close|stats)\./.test(id)));
  for (const { title, skip, run } of suite) test.skipIf(skip)(title, run);
});

test("every requirement of an executor is cited", () => {
  expect(uncited(suiteWith({}), executorRequirements)).toEqual([]);
});
