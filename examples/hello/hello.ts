import { setTimeout as sleep } from "node:timers/promises";
import { defineModel, Type, withDefault } from "@deepaas/core";

const measured = [2.1, 3.9, 6.2, 7.8]; // y at x = 1, 2, 3, 4
let slope = 0;

export default defineModel({
  getMetadata: () => ({ name: "hello", description: "y = slope * x" }),
  schema: { y: Type.Number() },
  getPredictArgs: () => ({ x: Type.Number() }),
  getTrainArgs: () => ({ epochs: withDefault(Type.Integer({ minimum: 1 }), 200) }),
  async warm({ published }) {
    if (published) slope = Number(await published.text());
  },
  predict: ({ x }) => ({ y: slope * x }),
  async train({ epochs }, run) {
    let learned = slope;
    for (let step = 1; step <= epochs; step++) {
      learned -= 0.002 * measured.reduce((sum, y, i) => sum + (learned * (i + 1) - y) * (i + 1), 0);
      run.report({ step, total: epochs, metrics: { slope: learned } });
      await sleep(10, undefined, { signal: run.signal });
    }
    await run.publish(new Blob([String(learned)]));
  },
});
