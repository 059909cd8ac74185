// A training to watch: it waits for its audience, then counts. It hangs half way, until its process is killed; the next attempt
// goes on where the last checkpoint was.
import { once } from "node:events";
import { setTimeout } from "node:timers/promises";
import { defineModel, Type, withDefault } from "@deepaas/core";

export const hangsAt = 110;

export function countingModel(audience: Promise<void>) {
  return defineModel({
    getTrainArgs: () => ({ steps: withDefault(Type.Integer({ minimum: 1 }), 150) }),
    async train({ steps }, run) {
      await audience;
      for (let step = (run.resumeFrom?.step ?? 0) + 1; step <= steps; step++) {
        run.signal.throwIfAborted();
        run.report({ step, total: steps });
        if (step % 20 === 0) await run.checkpoint({ step });
        if (step === hangsAt && run.attempt === 1) await once(run.signal, "abort");
        await setTimeout(10);
      }
      return { steps };
    },
  });
}
