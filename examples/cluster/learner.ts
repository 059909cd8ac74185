// A training of some seconds. It goes on where its last checkpoint was.
import { setTimeout } from "node:timers/promises";
import { defineModel, Type, withDefault } from "@deepaas/core";

export default defineModel({
  getMetadata: () => ({ name: "Learner", description: "Learns slowly." }),
  getTrainArgs: () => ({
    steps: withDefault(Type.Integer({ minimum: 1, maximum: 10_000 }), 60),
    // After the checkpoint of this step it waits until it is stopped. An attempt that goes on from there does not.
    hold: withDefault(Type.Integer({ minimum: 0, multipleOf: 5 }), 0),
  }),
  async train({ steps, hold }, run) {
    for (let step = (run.resumeFrom?.step ?? 0) + 1; step <= steps; step++) {
      await setTimeout(100, undefined, { signal: run.signal });
      run.report({ step, total: steps, metrics: { loss: 1 / step } });
      if (step % 5 === 0) await run.checkpoint({ step });
      if (step === hold) await setTimeout(2 ** 31 - 1, undefined, { signal: run.signal });
    }
    return { steps };
  },
});
