// Learns the sine of x with a small neural network. `npm start` serves it.
import { defineModel, type ModelFile, Type, withDefault } from "@deepaas/core";
import manifest from "../package.json" with { type: "json" };
import { createNetwork, type Network } from "./network.ts";

const { name, version, description, author, license } = manifest;

/** The network that answers. */
let served: Network | undefined;

async function serve(weights: ModelFile | undefined) {
  const before = served;
  served = await createNetwork(await weights?.text());
  before?.dispose();
}

export default defineModel({
  getMetadata: () => ({ name, version, description, author, license }),

  // What a call takes and answers. Both are checked for you, and the types of `predict` follow from them.
  getPredictArgs: () => ({ x: Type.Number({ minimum: -Math.PI, maximum: Math.PI }) }),
  schema: { y: Type.Number() },
  predict({ x }) {
    const [y = 0] = served?.predict([x]) ?? [];
    return { y };
  },

  // Before the first call. Undefined: nothing was trained yet.
  warm: ({ published }) => serve(published),
  // When a training has published other weights.
  reload: serve,

  // A training that did worse than the one before is kept, but not served. Random weights have a loss of some 0.5.
  promote: { metric: "val_loss", better: "lower" },
  shippedMetrics: { val_loss: 0.5 },

  getTrainArgs: () => ({ epochs: withDefault(Type.Integer({ minimum: 1, maximum: 10_000 }), 50) }),
  async train({ epochs }, run) {
    // After a crash or a restart it goes on from its last checkpoint, else from what is served.
    const start = run.resumeFrom?.file ?? served?.toFile();
    const network = await createNetwork(await start?.text());
    try {
      for (let epoch = (run.resumeFrom?.step ?? 0) + 1; epoch <= epochs; epoch++) {
        // Stops a training that was cancelled.
        run.signal.throwIfAborted();
        const metrics = await network.learn();
        run.report({ step: epoch, total: epochs, metrics });
        await run.checkpoint({ step: epoch, file: network.toFile() });
      }
      await run.publish(network.toFile());
    } finally {
      network.dispose();
    }
  },

  close() {
    served?.dispose();
    served = undefined;
  },
});
