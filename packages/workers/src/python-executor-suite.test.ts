// The executor suite over processes of Python, with its models in Python.
import { mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { delimiter, dirname, join } from "node:path";
import { fileURLToPath } from "node:url";
import { executorSuite } from "@deepaas/conformance";
import { silentLogger } from "@deepaas/core";
import { afterAll, describe, expect, test } from "vitest";
import type { WorkersOptions } from "./options.ts";
import { python, withPython } from "./testing/python-worker.ts";
import { workers } from "./workers.ts";

const models = dirname(
  dirname(fileURLToPath(import.meta.resolve("@deepaas/conformance/python/conformance_models/echo.py"))),
);
const lacks = { context: "a model in Python receives no context, and throws no DeepaasError" };
const folder = mkdtempSync(join(tmpdir(), "deepaas-python-suite-"));
afterAll(() => rmSync(folder, { recursive: true }));

/** `path`: more folders for PYTHONPATH. */
const suiteWith = (options: WorkersOptions, path: readonly string[] = []) =>
  executorSuite(
    async ({ models: named }) => {
      const env = { PYTHONPATH: [...path, models].join(delimiter), PYTHONDONTWRITEBYTECODE: "1" };
      const source = (name: string) =>
        ({ module: `conformance_models.${name}:Model`, runtime: "python", env }) as const;
      const modules = Object.fromEntries(Object.keys(named).map((name) => [name, source(name)]));
      const executor = workers({ modules, logger: silentLogger, ...options });
      return { executor, close: () => executor.close() };
    },
    { lacks },
  );

describe.skipIf(python === undefined).concurrent(`workers in Python${withPython}`, () => {
  // Two workers where a case needs more than one; else one, because starting them takes most of the time.
  const matters = /^(predict\.at-once|stream|close)/;
  const two = suiteWith({ predict: 2, train: 1 }).filter(({ cites }) => cites.some((id) => matters.test(id)));
  const one = suiteWith({ predict: 1, train: 1 }).filter(({ cites }) => !cites.some((id) => matters.test(id)));
  for (const { title, skip, run } of [...two, ...one]) if (skip === undefined) test(title, run);
});

test("only what models in Python do not have is left out", () => {
  const skipped = suiteWith({}).flatMap(({ skip, cites }) => (skip === undefined ? [] : cites));
  expect(skipped.sort()).toEqual([
    "batch.callers",
    "predict.context",
    "predict.error",
    "predict.signal",
    "train.context",
    "train.publish-options",
    "train.throws",
  ]);
});

describe.skipIf(python === undefined).concurrent(`a worker in Python that${withPython}`, () => {
  test.each<[string, string, string]>([
    [
      "answers an abort as a fault",
      "predict.abort",
      "runner.Runner._aborted = lambda self, call: self._failed(call, ValueError())",
    ],
    [
      "shows what a model raised",
      "predict.hidden",
      "outcomes.meant_error = lambda e: {'code': 'internal', 'message': str(e)}",
    ],
    ["takes every result for JSON", "train.not-json", "outcomes.to_json = lambda value, *more: repr(value)"],
    ["loses its reports", "train.reports", "training.WorkerRun.report_metrics = lambda run, *a, **b: None"],
    ["makes all items at once", "stream.pull", "runner.iter = lambda items: builtins.iter(list(items))"],
    ["forgets the checkpoint", "train.job", "training.deepaas_run.Checkpoint = lambda *given: None"],
  ])("%s fails %s", async (what, id, patch) => {
    const path = mkdtempSync(join(folder, "patch-"));
    // Python imports it before anything else.
    const imports = "import builtins\nfrom deepaas_worker import interrupts, outcomes, runner, training\n";
    writeFileSync(join(path, "sitecustomize.py"), `${imports}${patch}\n`);
    const [one] = suiteWith({ predict: 2, train: 1 }, [path]).filter(({ cites }) => cites.includes(id));
    await expect(one?.run(), what).rejects.toThrow();
  });
});
