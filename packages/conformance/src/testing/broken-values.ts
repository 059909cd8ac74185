// Services that break the table of values, each with the requirement that it violates.
import type { ModelService } from "@deepaas/core";
import type { Broken } from "./broken.ts";

export const brokenValues: readonly Broken<ModelService>[] = [
  [
    "sends arguments as JSON.stringify writes them",
    "value.argument",
    (service) => ({
      ...service,
      predict: (model, args, options) => service.predict(model, JSON.parse(JSON.stringify(args)), options),
    }),
  ],
  [
    "returns an empty object for a result without a JSON form",
    "value.result",
    (service) => ({
      ...service,
      predict: (model, args, options) => service.predict(model, args, options).catch(() => ({})),
    }),
  ],
  [
    "returns an empty stream for an item without a JSON form",
    "value.item",
    (service) => ({
      ...service,
      async *predictStream(model, args, options) {
        try {
          yield* service.predictStream(model, args, options);
        } catch {}
      },
    }),
  ],
  [
    "drops the issues of a failed run",
    "value.trained",
    (service) => ({
      ...service,
      async run(id, options) {
        const { error, ...run } = await service.run(id, options);
        return error ? { ...run, error: { code: error.code, message: error.message } } : run;
      },
    }),
  ],
];
