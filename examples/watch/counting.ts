// A training to watch: it waits for its audience, then counts.
import { setTimeout } from "node:timers/promises";
import { defineModel, Type, withDefault } from "@deepaas/core";

export function countingModel(audience: Promise<void>) {
  return defineModel({
    getTrainArgs: () => ({ steps: withDefault(Type.Integer({ minimum: 1 }), 150) }),
    async train({ steps }, run) {
      await audience;
      for (let step = 1; step <= steps; step++) {
        run.signal.throwIfAborted();
        run.report({ step, total: steps });
        await setTimeout(10);
      }
      return { steps };
    },
  });
}
