// Shared by the benchmarks of the SQLite store: files in a temporary folder, and a store with one run.
import { mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import type { LogAppend, RunStore } from "@deepaas/core/ports";

/** A path for a database, removed with the process. */
export function sqlitePath(): string {
  const folder = mkdtempSync(join(tmpdir(), "deepaas-bench-"));
  process.on("exit", () => rmSync(folder, { recursive: true, force: true }));
  return join(folder, "runs.sqlite");
}

export function report(step: number): LogAppend {
  return { fact: { type: "progress", step, metrics: { loss: 1 / (step + 1) } } };
}

export async function startRun(store: RunStore, id: string): Promise<void> {
  await store.create({ id, model: "m", args: {}, private: { secrets: {}, files: {} }, fingerprint: "" });
  await store.claim(id);
}
