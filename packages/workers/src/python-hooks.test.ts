// What a training in Python shows of itself without a call of `current_run()`.
import { join } from "node:path";
import { createHost, silentLogger } from "@deepaas/core";
import { describe, expect, test } from "vitest";
import { python, pythonModel, withPython } from "./testing/python-worker.ts";
import { workers } from "./workers.ts";

const fakes = join(import.meta.dirname, "testing/python/fakes");

/** Returns the progress that a training has reported. */
async function progressOf(library: string, env: Readonly<Record<string, string>> = {}): Promise<readonly object[]> {
  const hooked = { module: pythonModel("hooked"), runtime: "python", env: { PYTHONPATH: fakes, ...env } } as const;
  const executor = workers({ modules: { hooked }, logger: silentLogger });
  const host = await createHost({ executor, logger: silentLogger });
  try {
    const { id } = await host.train("hooked", { library });
    const progress: object[] = [];
    for await (const event of host.watch(id)) {
      if (event.type === "failed") throw new Error(JSON.stringify(event));
      if (event.type !== "progress") continue;
      const { step, total, metrics } = event;
      progress.push({ step, ...(total !== undefined && { total }), ...(metrics && { metrics }) });
    }
    return progress;
  } finally {
    await host.close({ drainMs: 0 });
  }
}

const metrics = { "loss/train": 0.25, accuracy: 0.5 };

describe.skipIf(python === undefined).concurrent(`a training in Python${withPython}`, () => {
  test.each([
    ["tensorboard", { step: 1 }, { step: 2 }],
    ["mlflow", { step: 1 }, { step: 2 }],
    ["wandb", { step: 0 }, { step: 1 }],
    ["trackio", { step: 0 }, { step: 1 }],
    ["keras", { step: 1, total: 2 }, { step: 2, total: 2 }],
    ["transformers", { step: 1, total: 2 }, { step: 2, total: 2 }],
    ["lightning", { step: 1 }, { step: 2 }],
  ])("%s: the metrics of a step are one event", async (library, ...steps) => {
    expect(await progressOf(library)).toEqual(steps.map((step) => ({ ...(step as object), metrics })));
  });

  test("DEEPAAS_HOOKS=0 switches that off", async () => {
    expect(await progressOf("mlflow", { DEEPAAS_HOOKS: "0" })).toEqual([]);
  });

  test("a progress bar is progress, unless the model reports itself", async () => {
    expect((await progressOf("bar")).at(-1)).toEqual({ step: 2, total: 2 });
    expect(await progressOf("both")).toEqual([{ step: 7, total: 9 }]);
  });
});
