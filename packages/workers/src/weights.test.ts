import { mkdtempSync, readdirSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { modelFile, silentLogger } from "@deepaas/core";
import type { VersionFile } from "@deepaas/core/ports";
import { afterAll, expect, test } from "vitest";
import type { WorkerPool } from "./pool.ts";
import { createSharedFolder } from "./shared-folder.ts";
import type { WeightsChange, WorkerSlot } from "./slot.ts";
import { ServedWeights } from "./weights.ts";

const parent = mkdtempSync(join(tmpdir(), "deepaas-weights-"));
afterAll(() => rmSync(parent, { recursive: true }));

const weights = (version: number, text = "weights"): VersionFile => ({
  version,
  file: modelFile(new TextEncoder().encode(text)),
});

/** A pool of slots that record what they do, and cannot load `broken`. */
async function setUp({ failing = [] as readonly number[] } = {}) {
  const folder = await createSharedFolder(parent);
  const steps: string[] = [];
  const slots = [0, 1].map((index) => ({
    async loadWeights({ model, weights: next }: WeightsChange) {
      const wanted = next.get(model);
      if (failing.includes(index)) throw new Error("out of memory");
      if ((await wanted?.file.text()) === "broken") throw new Error("These are no weights.");
      const version = wanted?.version ?? 0;
      steps.push(`${index} loads ${version}`);
      return {
        apply: () => void steps.push(`${index} serves ${version}`),
        undo: async () => void steps.push(`${index} goes back`),
      };
    },
    worker: { kill: (reason: string) => steps.push(`${index} is killed: ${reason}`) },
  }));
  const predictPool = { slots: slots as unknown as readonly WorkerSlot[] } as WorkerPool;
  const served = new ServedWeights({ predictPool, trainPool: undefined, logger: silentLogger, reload: async () => {} });
  const refresh = (model: string, next: VersionFile | undefined, record?: () => Promise<void>) =>
    served.refresh({ model, weights: next, record }, folder);
  const version = (model: string) => served.current.get(model)?.version ?? 0;
  return { folder, served, steps, refresh, version };
}

test("the first worker loads, then the change is recorded, then each worker serves it", async () => {
  const { refresh, steps, version } = await setUp();
  await refresh("m", weights(4), async () => void steps.push(`recorded while ${version("m")} is served`));
  expect(steps).toEqual(["0 loads 4", "recorded while 0 is served", "0 serves 4", "1 loads 4", "1 serves 4"]);
  expect(version("m")).toBe(4);
  steps.length = 0;
  await refresh("m", undefined);
  expect(steps).toEqual(["0 loads 0", "0 serves 0", "1 loads 0", "1 serves 0"]);
  expect(version("m")).toBe(0);
});

test("weights that cannot be loaded, or whose change cannot be recorded, change nothing and are deleted", async () => {
  const { folder, refresh, steps, version } = await setUp();
  await refresh("m", weights(1));
  const files = readdirSync(folder.path);
  steps.length = 0;
  await expect(refresh("m", weights(2, "broken"))).rejects.toThrow("These are no weights.");
  expect(steps).toEqual([]);
  const record = () => Promise.reject(new Error("disk full"));
  await expect(refresh("m", weights(2), record)).rejects.toThrow("disk full");
  expect(steps).toEqual(["0 loads 2", "0 goes back"]);
  expect(version("m")).toBe(1);
  await expect.poll(() => readdirSync(folder.path)).toEqual(files);
});

test("the file of the previous weights is deleted when no worker needs it", async () => {
  const { folder, refresh } = await setUp();
  for (const version of [1, 2, 3]) await refresh("m", weights(version));
  const files = () => readdirSync(folder.path).filter((name) => name !== "lock");
  await expect.poll(() => files().length).toBe(1);
});

test("a worker other than the first that cannot load them is killed, and they are served", async () => {
  const { refresh, steps, version } = await setUp({ failing: [1] });
  await refresh("m", weights(1));
  expect(version("m")).toBe(1);
  expect(steps.at(-1)).toBe("1 is killed: new weights could not be loaded");
});

test("refreshes run one after the other", async () => {
  const { refresh, steps } = await setUp();
  await Promise.all([1, 2].map((version) => refresh("m", weights(version))));
  expect(steps.filter((step) => step.includes("serves"))).toEqual([
    "0 serves 1",
    "1 serves 1",
    "0 serves 2",
    "1 serves 2",
  ]);
});
