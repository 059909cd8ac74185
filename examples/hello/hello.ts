// Learns a line from five measured points. Run it: npm run -s deepaas -- run examples/hello/hello.ts
import { defineModel, Type, withDefault } from "@deepaas/core";

const points = [
  [1, 2.9],
  [2, 5.2],
  [3, 6.9],
  [4, 9.1],
  [5, 10.8],
] as const;
let line = { slope: 0, offset: 0 };

export default defineModel({
  schema: { y: Type.Number() },
  getMetadata: () => ({ name: "hello", description: "A line through five points", version: "1.0.0" }),
  getPredictArgs: () => ({ x: Type.Number() }),
  getTrainArgs: () => ({ epochs: withDefault(Type.Integer({ minimum: 1 }), 200) }),
  async warm({ published }) {
    if (published) line = JSON.parse(await published.text());
  },
  predict: ({ x }) => ({ y: line.slope * x + line.offset }),
  async train({ epochs }, run) {
    let { slope, offset } = line;
    for (let epoch = 1; epoch <= epochs; epoch++) {
      run.signal.throwIfAborted();
      let loss = 0;
      for (const [x, y] of points) {
        const error = slope * x + offset - y;
        loss += error ** 2 / points.length;
        slope -= 0.01 * error * x;
        offset -= 0.01 * error;
      }
      run.report({ step: epoch, total: epochs, metrics: { loss } });
      await new Promise((resolve) => setTimeout(resolve, 10)); // so that there is something to watch
    }
    await run.publish(new Blob([JSON.stringify({ slope, offset })]));
    return { slope, offset };
  },
});
