// Services that lose the caller or report a wrong status, each with the requirement that it violates.
import type { ModelService, ServiceStats } from "@deepaas/core";
import type { Broken } from "./broken.ts";

const ready = { state: "ready", reasons: [] } as const;

function withStats(service: ModelService, change: (stats: ServiceStats) => ServiceStats): ModelService {
  return { ...service, stats: async (options) => change(await service.stats(options)) };
}

const withoutIdleModels = (stats: ServiceStats) => ({
  ...stats,
  models: stats.models.filter(({ calls }) => calls > 0),
});

const inSeconds = (stats: ServiceStats) => ({
  ...stats,
  models: stats.models.map((one) => {
    const { latency } = one.recent;
    const { p50Ms = 0, p95Ms = 0, maxMs = 0 } = latency ?? {};
    const seconds = { p50Ms: p50Ms / 1_000, p95Ms: p95Ms / 1_000, maxMs: maxMs / 1_000 };
    return { ...one, recent: { ...one.recent, latency: latency && seconds } };
  }),
});

export const brokenCallers: readonly Broken<ModelService>[] = [
  [
    "is always degraded",
    "status.ready",
    (service) => ({ ...service, status: async () => ({ state: "degraded", reasons: ["a made-up reason"] }) }),
  ],
  ["is always ready", "status.degraded", (service) => ({ ...service, status: async () => ready })],
  ["is ready although it is closing", "status.closing", (service) => ({ ...service, status: async () => ready })],
  [
    "rejects its status while it is closing",
    "status.closing",
    (service) => ({ ...service, status: () => service.models().then(() => ready) }),
  ],
  [
    "counts no calls",
    "stats.calls",
    (service) =>
      withStats(service, (stats) => ({ ...stats, models: stats.models.map((one) => ({ ...one, calls: 0 })) })),
  ],
  [
    "shows no calls that wait",
    "stats.queue",
    (service) =>
      withStats(service, (stats) => ({ ...stats, models: stats.models.map((one) => ({ ...one, waiting: 0 })) })),
  ],
  ["counts no runs", "stats.runs", (service) => withStats(service, (stats) => ({ ...stats, runs: [] }))],
  [
    "counts ended watches",
    "stats.watchers",
    (service) => withStats(service, (stats) => ({ ...stats, watchers: { count: 2, mostBehind: 0 } })),
  ],
  ["forgets the models without calls", "stats.models", (service) => withStats(service, withoutIdleModels)],
  ["reports latencies in seconds", "stats.latency", (service) => withStats(service, inSeconds)],
  [
    "shows where its store is",
    "stats.private",
    (service) => withStats(service, (stats) => ({ ...stats, store: { kind: "sqlite at /data/runs.db" } })),
  ],
  [
    "drops the caller",
    "call.caller",
    (service) => ({
      ...service,
      predict: (model, args, { caller: _caller, ...options } = {}) => service.predict(model, args, options),
    }),
  ],
  [
    "drops the callers of a batch",
    "batch.callers",
    (service) => ({
      ...service,
      predict: (model, args, { caller: _caller, ...options } = {}) => service.predict(model, args, options),
    }),
  ],
  [
    "ignores the owner in a filter",
    "run.owner",
    (service) => ({
      ...service,
      runs: ({ owner: _owner, ...filter } = {}, options) => service.runs(filter, options),
    }),
  ],
];
