// The code of docs/training.md; readme.test.ts runs it.
// #region model
import { createHost, defineModel, Type, withDefault } from "@deepaas/core";

let slope = 1;

const line = defineModel({
  getMetadata: () => ({ name: "line", version: "1" }),
  getPredictArgs: () => ({ x: Type.Number() }),
  getTrainArgs: () => ({ target: Type.Number(), epochs: withDefault(Type.Integer(), 3) }),
  promote: { metric: "error", better: "lower" },
  shippedMetrics: { error: 1 },
  warm: ({ published }) => load(published),
  reload: (published) => load(published),
  predict: ({ x }) => slope * x,
  async train({ target, epochs }, run) {
    let learned = Number(run.resumeFrom?.data ?? slope);
    for (let epoch = (run.resumeFrom?.step ?? 0) + 1; epoch <= epochs; epoch++) {
      run.signal.throwIfAborted();
      learned += (target - learned) / 2;
      run.report({ step: epoch, total: epochs, metrics: { error: Math.abs(2 - learned) } });
      await run.checkpoint({ step: epoch, data: learned });
    }
    await run.publish(new Blob([String(learned)]));
    return { slope: learned };
  },
});

async function load(weights?: { text(): Promise<string> }): Promise<void> {
  slope = weights ? Number(await weights.text()) : 1;
}
// #endregion model

// #region train
const host = await createHost({ models: { line } });

async function train(target: number): Promise<void> {
  const { id } = await host.train("line", { target });
  for await (const event of host.watch(id)) {
    if (event.type === "log") console.log(event.text);
  }
}

await train(2); // version 1 is served
await train(9); // version 2 is kept, not served: error 6.10938 is not lower than 0.12500 of version 1
// #endregion train

// #region versions
await host.serveVersion("line", 2);
await host.serveVersion("line", 0);
const { served, history } = await host.versions("line");
console.log(served, history.length);
await host.removeVersion("line", 2);
await host.predict("line", { x: 1 }, { onVersion: (version) => console.log(`answered by version ${version}`) });
// #endregion versions

// #region add
const version = await host.addVersion("line", new Blob(["2"]), { metrics: { error: 0 } });
console.log(version.number, (await host.versions("line")).served);
// #endregion add
await host.close();
