// What `Host.stats` returns.
import type { ServiceStats, ServiceStatus } from "../contract/service-stats.ts";
import type { Executor } from "../ports/executor.ts";
import type { RunStore } from "../ports/run-store.ts";
import type { StoreHealth } from "../runs/store-health.ts";
import type { HostCode } from "./host-code.ts";

export interface StatsParts {
  readonly code: HostCode;
  readonly executor: Executor;
  readonly store: RunStore;
  readonly health: StoreHealth;
}

export async function serviceStats(
  { code, executor, store, health }: StatsParts,
  { startedAt, status }: { readonly startedAt: string; readonly status: ServiceStatus },
): Promise<ServiceStats> {
  const stored = await (store.stats?.() ?? { kind: "other" });
  const [problem] = health.reasons();
  const rssBytes = residentMemory();
  return {
    startedAt,
    at: new Date().toISOString(),
    status,
    ...(rssBytes !== undefined && { rssBytes }),
    models: code.stats(),
    ...(executor.stats?.() ?? { workers: [], lostWorkers: { count: 0 } }),
    store: { ...stored, ...(problem !== undefined && { problem }) },
  };
}

/** Undefined in a browser. */
function residentMemory(): number | undefined {
  const { process } = globalThis as { readonly process?: { readonly memoryUsage?: { rss?(): number } } };
  return process?.memoryUsage?.rss?.();
}
