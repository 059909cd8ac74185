// The model: what it takes, what it answers, and how it learns. `npm start` serves it.
import { setTimeout as sleep } from "node:timers/promises";
import { defineModel, Type, withDefault } from "@deepaas/core";
import manifest from "../package.json" with { type: "json" };

const { name, version, description, author, license } = manifest;
const measured = [2.1, 3.9, 6.2, 7.8]; // y at x = 1, 2, 3, 4
let slope = 0;

export default defineModel({
  getMetadata: () => ({ name, version, description, author, license }),

  // What a call takes and answers. Both are checked for you, and the types of `predict` follow from them.
  getPredictArgs: () => ({ x: Type.Number({ description: "where on the line" }) }),
  schema: { y: Type.Number() },
  predict: ({ x }) => ({ y: slope * x }),

  // Before the first call, and again when a training has published other weights. Undefined: nothing was trained yet.
  async warm({ published }) {
    slope = published ? Number(await published.text()) : 0;
  },

  getTrainArgs: () => ({ epochs: withDefault(Type.Integer({ minimum: 1 }), 200) }),
  async train({ epochs }, run) {
    let learned = slope;
    for (let epoch = 1; epoch <= epochs; epoch++) {
      for (const [i, y] of measured.entries()) learned -= 0.002 * (learned * (i + 1) - y) * (i + 1);
      // Live for everybody who watches the run.
      run.report({ step: epoch, total: epochs, metrics: { slope: learned } });
      // A training takes time. The signal stops it when it is cancelled.
      await sleep(10, undefined, { signal: run.signal });
    }
    // Served from now on, and again after a restart.
    await run.publish(new Blob([String(learned)]));
  },
});
