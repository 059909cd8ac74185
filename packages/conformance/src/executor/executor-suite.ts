// The test suite of `Executor`.
import { createControl } from "../control.ts";
import { fixtureModels } from "../fixture-models.ts";
import { type Case, casesFrom, type SuiteOptions } from "../suite.ts";
import { codeCases } from "./code-cases.ts";
import { contextCases } from "./context-cases.ts";
import { predictCases } from "./predict-cases.ts";
import { statsCases } from "./stats-cases.ts";
import {
  type ExecutorCapability,
  type ExecutorDraft,
  type ExecutorSetup,
  type ExecutorSubject,
  versionFile,
} from "./subject.ts";
import { trainCases } from "./train-cases.ts";
import { warmCases } from "./warm-cases.ts";

const drafts = [...warmCases, ...predictCases, ...trainCases, ...contextCases, ...codeCases, ...statsCases];

/** `make` is called once for each case and returns an executor that is not warmed yet. */
export function executorSuite(
  make: (setup: ExecutorSetup) => Promise<ExecutorSubject>,
  options: SuiteOptions<ExecutorCapability> = {},
): readonly Case[] {
  const open = async ({ models, run }: ExecutorDraft) => {
    const { executor, close } = await make({ models: fixtureModels(models) });
    const control = await createControl();
    const warm = (published: Readonly<Record<string, string>> = {}) =>
      executor.warm({
        signal: new AbortController().signal,
        weights: async (model) => (published[model] === undefined ? undefined : versionFile(1, published[model])),
      });
    return {
      run: () => run({ executor, control, warm }),
      async close() {
        await close();
        await control.close();
      },
    };
  };
  return casesFrom(drafts, open, options);
}
