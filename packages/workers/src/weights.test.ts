import { mkdtempSync, readdirSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { modelFile, silentLogger } from "@deepaas/core";
import { afterAll, expect, test } from "vitest";
import type { WorkerPool } from "./pool.ts";
import { createSharedFolder } from "./shared-folder.ts";
import type { WeightsChange, WorkerSlot } from "./slot.ts";
import { ServedWeights } from "./weights.ts";

const parent = mkdtempSync(join(tmpdir(), "deepaas-weights-"));
afterAll(() => rmSync(parent, { recursive: true }));

const file = (text: string) => modelFile(new TextEncoder().encode(text));

/** A pool of slots that record the version they are given, and cannot load `broken`. */
async function setUp({ failing = [] as readonly number[] } = {}) {
  const folder = await createSharedFolder(parent);
  const applied: string[] = [];
  const killed: string[] = [];
  const slots = [0, 1].map((index) => ({
    async applyWeights({ model, weights }: WeightsChange) {
      const version = weights.get(model);
      if (failing.includes(index)) throw new Error("out of memory");
      if ((await version?.file.text()) === "broken") throw new Error("These are no weights.");
      applied.push(`${index}: ${version?.version ?? 0}`);
    },
    worker: { kill: (reason: string) => killed.push(reason) },
  }));
  const predictPool = { slots: slots as unknown as readonly WorkerSlot[] } as WorkerPool;
  const served = new ServedWeights({ predictPool, trainPool: undefined, logger: silentLogger, reload: async () => {} });
  const version = (model: string) => served.current.get(model)?.version ?? 0;
  return { folder, served, applied, killed, version };
}

test("published weights are numbered from 1 for each model, the shipped ones are 0", async () => {
  const { folder, served, applied, version } = await setUp();
  await served.load(["a", "b"], async (model) => (model === "a" ? file("first") : undefined), folder);
  expect([version("a"), version("b")]).toEqual([1, 0]);
  await served.refresh("a", file("second"), folder);
  await served.refresh("b", file("first"), folder);
  expect([version("a"), version("b")]).toEqual([2, 1]);
  await served.refresh("a", undefined, folder);
  expect([version("a"), version("b")]).toEqual([0, 1]);
  await served.refresh("a", file("third"), folder);
  expect(version("a")).toBe(3);
  expect(applied).toEqual(["0: 2", "1: 2", "0: 1", "1: 1", "0: 0", "1: 0", "0: 3", "1: 3"]);
});

test("weights that cannot be loaded change nothing, are deleted, and their number is not used again", async () => {
  const { folder, served, applied, version } = await setUp();
  await served.refresh("m", file("good"), folder);
  const files = readdirSync(folder.path);
  await expect(served.refresh("m", file("broken"), folder)).rejects.toThrow("These are no weights.");
  expect(version("m")).toBe(1);
  await expect.poll(() => readdirSync(folder.path)).toEqual(files);
  await served.refresh("m", file("better"), folder);
  expect(version("m")).toBe(3);
  expect(applied).toEqual(["0: 1", "1: 1", "0: 3", "1: 3"]);
});

test("a worker other than the first that cannot load them is killed, and they are served", async () => {
  const { folder, served, killed, version } = await setUp({ failing: [1] });
  await served.refresh("m", file("good"), folder);
  expect(version("m")).toBe(1);
  expect(killed).toEqual(["new weights could not be loaded"]);
});

test("refreshes run one after the other", async () => {
  const { folder, served, applied } = await setUp();
  await Promise.all([file("a"), file("b")].map((one) => served.refresh("m", one, folder)));
  expect(applied).toEqual(["0: 1", "1: 1", "0: 2", "1: 2"]);
});
