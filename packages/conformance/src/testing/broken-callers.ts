// Services that lose the caller or report a wrong status, each with the requirement that it violates.
import type { ModelService } from "@deepaas/core";
import type { Broken } from "./broken.ts";

const ready = { state: "ready", reasons: [] } as const;

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
