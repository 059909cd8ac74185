// What `Host.stats` returns.
import type { NodeStats, ServiceStats, ServiceStatus } from "../contract/service-stats.ts";
import type { Executor } from "../ports/executor.ts";
import type { RunStore } from "../ports/run-store.ts";
import type { OpenWatches } from "../runs/open-watches.ts";
import type { StoreHealth } from "../runs/store-health.ts";
import type { WeightsManager } from "../weights/weights-manager.ts";
import type { HostCode } from "./host-code.ts";

export interface StatsParts {
  readonly code: HostCode;
  readonly executor: Executor;
  readonly store: RunStore;
  readonly health: StoreHealth;
  readonly watches: OpenWatches;
  readonly weights: Pick<WeightsManager, "loaded">;
  readonly node: NodeStats | undefined;
}

export async function serviceStats(
  { code, executor, store, health, watches, weights, node }: StatsParts,
  { startedAt, status }: { readonly startedAt: string; readonly status: ServiceStatus },
): Promise<ServiceStats> {
  const { runs, ...stored } = (await store.stats?.()) ?? { runs: [], kind: "other" };
  const [problem] = health.reasons();
  const rssBytes = residentMemory();
  return {
    startedAt,
    at: new Date().toISOString(),
    status,
    ...(node && { node }),
    ...(rssBytes !== undefined && { rssBytes }),
    models: code.stats((model) => weights.loaded(model)),
    runs,
    watchers: await watches.stats(store),
    ...(executor.stats?.() ?? { workers: [], lostWorkers: { count: 0, byReason: {} } }),
    store: { ...stored, ...(problem !== undefined && { problem }) },
  };
}

/** Undefined in a browser. */
function residentMemory(): number | undefined {
  const { process } = globalThis as { readonly process?: { readonly memoryUsage?: { rss?(): number } } };
  return process?.memoryUsage?.rss?.();
}
