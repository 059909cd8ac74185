// Runs and reports in a store.
import type { RunFact } from "@deepaas/core";
import { type LogAppend, memoryStore, type RunStore } from "@deepaas/core/ports";

const chunk = 10_000;

export function report(step: number): LogAppend {
  return { fact: { type: "progress", step, metrics: { loss: 1 / (step + 1) } } };
}

/** Creates a run and claims it. */
export async function startRun(store: RunStore, id: string): Promise<void> {
  await store.create({ id, model: "m", args: {}, private: { secrets: {}, files: {} }, fingerprint: "" });
  await store.claim(id);
}

/** Returns an in-memory store with one ended run, `run`, whose log has `count` events. */
export async function filledStore(count: number, factOf: (step: number) => RunFact): Promise<RunStore> {
  const store = memoryStore({ keepEvents: count });
  await startRun(store, "run");
  for (let i = 2; i < count - 1; i += chunk) {
    const steps = Array.from({ length: Math.min(chunk, count - 1 - i) }, (_, k) => i + k);
    await store.append(
      "run",
      steps.map((step) => ({ fact: factOf(step) })),
    );
  }
  await store.append("run", [{ fact: { type: "succeeded", result: null } }]);
  return store;
}
