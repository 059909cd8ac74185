// Services that lose the caller or report a wrong status, each with the requirement that it violates.
import type { ModelService } from "@deepaas/core";

type Broken = readonly [what: string, requirement: string, damage: (service: ModelService) => ModelService];

export const brokenCallers: readonly Broken[] = [
  [
    "is always degraded",
    "status.ready",
    (service) => ({ ...service, status: async () => ({ state: "degraded", reasons: ["a made-up reason"] }) }),
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
