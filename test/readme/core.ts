// The examples of packages/core/README.md; packages.test.ts runs this file.
// #region host
import { createHost, defineModel, FileField, Type, withDefault } from "@deepaas/core";

const scorer = defineModel({
  getPredictArgs: () => ({
    text: Type.String({ minLength: 1, description: "what to score" }),
    top: withDefault(Type.Integer({ minimum: 1, maximum: 10 }), 3),
    image: Type.Optional(FileField()),
  }),
  getTrainArgs: () => ({ epochs: withDefault(Type.Integer({ minimum: 1 }), 2) }),
  schema: { score: Type.Number() },
  predict: ({ text, top }) => ({ score: text.length / top }),
  async train({ epochs }, run) {
    for (let step = 1; step <= epochs; step++) run.report({ step, total: epochs, metrics: { loss: 1 / step } });
    await run.artifact("notes.txt", new TextEncoder().encode("done"));
    return { loss: 1 / epochs };
  },
});

const host = await createHost({ models: { scorer }, limits: { predictTimeoutMs: 5_000 } });
console.log(await host.predict("scorer", { text: "abcdef" })); // { score: 2 }
// #endregion host

// #region watch
const { id } = await host.train("scorer", { epochs: 2 });
for await (const event of host.watch(id)) console.log(event.seq, event.type);
console.log((await host.run(id)).result); // { loss: 0.5 }
await host.close();

// #endregion watch

// #region test-model
import { testModel } from "@deepaas/core";

await using tested = await testModel(scorer);
const { run, events } = await tested.trained({ epochs: 1 });
console.log(run.state, events.at(-1)?.type); // succeeded succeeded
// #endregion test-model
